"""On PostgreSQL, behaviour is one table partitioned by month, so that pruning drops whole months."""

from django.db import migrations


def partition(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("ALTER TABLE behaviour RENAME TO behaviour_whole")
    schema_editor.execute(
        "CREATE TABLE behaviour (LIKE behaviour_whole INCLUDING DEFAULTS, PRIMARY KEY (month, id))"
        " PARTITION BY RANGE (month)"
    )
    schema_editor.execute("DROP TABLE behaviour_whole")
    schema_editor.execute("CREATE INDEX behaviour_customer ON behaviour (brand_id, customer_id)")


class Migration(migrations.Migration):
    dependencies = [("perennial", "0001_initial")]
    operations = [migrations.RunPython(partition, migrations.RunPython.noop)]
