from django.db import migrations

from clinic.tenancy.guards import never_deleted

# packages is the layer below and cannot name this table; the database can, and keeps the reference true.
ENTRY_VISIT = """
ALTER TABLE packages_entry ADD CONSTRAINT entry_visit FOREIGN KEY (clinic_id, visit_id)
  REFERENCES visits_visit (clinic_id, id);
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial"), ("packages", "0002_ledger_guards")]

    operations = [
        migrations.RunSQL(ENTRY_VISIT, "ALTER TABLE packages_entry DROP CONSTRAINT entry_visit;"),
        never_deleted("visits_visit"),
    ]
