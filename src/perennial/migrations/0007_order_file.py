from django.db import migrations, models

import perennial.database.fields


class Migration(migrations.Migration):

    dependencies = [
        ("perennial", "0006_customers"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderFile",
            fields=[
                ("id", models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ("brand_id", models.BigIntegerField()),
                ("store_id", models.BigIntegerField()),
                ("user_id", models.BigIntegerField()),
                ("parent_id", models.BigIntegerField(default=0)),
                ("name", models.CharField(max_length=255)),
                ("digest", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("options", models.JSONField(default=dict)),
                ("progress", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=dict)),
                ("problem", models.JSONField(default=dict)),
                ("rejected", models.IntegerField(default=0)),
                ("uploaded_at", perennial.database.fields.InstantField()),
                ("changed_at", perennial.database.fields.InstantField()),
                ("imported_before", perennial.database.fields.InstantOrNullField(null=True)),
                ("expired_at", perennial.database.fields.InstantOrNullField(null=True)),
            ],
            options={
                "db_table": "order_file",
                "indexes": [
                    models.Index(fields=["brand_id", "state"], name="order_file_state"),
                    models.Index(fields=["brand_id", "uploaded_at"], name="order_file_newest"),
                ],
                "constraints": [models.UniqueConstraint(fields=("brand_id", "digest"), name="order_file_once")],
            },
        ),
    ]
