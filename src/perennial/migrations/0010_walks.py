from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("perennial", "0009_erasure"),
    ]

    operations = [
        migrations.AddIndex("customer", models.Index(fields=["brand_id", "id"], name="customer_walk")),
        migrations.RemoveIndex("identity", "identity_value"),
        migrations.AddIndex(
            "identity", models.Index(fields=["brand_id", "kind", "value", "customer_id"], name="identity_value")
        ),
        migrations.AddIndex("merge", models.Index(fields=["brand_id", "into_id"], name="merge_into")),
        migrations.RemoveIndex("sighting", "sighting_customer"),
        migrations.AddIndex(
            "sighting",
            models.Index(fields=["brand_id", "customer_id", "at", "visitor_id"], name="sighting_customer"),
        ),
        migrations.AddIndex(
            "erasure",
            models.Index(fields=["brand_id", "id"], name="erasure_open", condition=models.Q(done_at__isnull=True)),
        ),
        migrations.RemoveIndex("call", "api_call_at"),
        migrations.AddIndex("call", models.Index(fields=["brand_id", "at"], name="api_call_at")),
        # The database never had this default: SQLite need not write the whole table again for it.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AlterField("call", "status", models.SmallIntegerField())],
        ),
    ]
