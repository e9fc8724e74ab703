from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("perennial", "0007_order_file"),
    ]

    operations = [
        migrations.AddIndex("audit", models.Index(fields=["brand_id", "subject", "-id"], name="audit_kind")),
        migrations.AddIndex("audit", models.Index(fields=["brand_id", "user_id", "-id"], name="audit_person")),
        migrations.AddIndex("audit", models.Index(fields=["brand_id", "api_key_id", "-id"], name="audit_key")),
    ]
