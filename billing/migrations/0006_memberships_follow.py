"""A monthly plan that is begun while its patient is merged belongs to the kept record, as all else does (S17)."""

from django.db import migrations

FOLLOWS = """
CREATE TRIGGER follows_patient BEFORE INSERT ON packages_membership
  FOR EACH ROW EXECUTE FUNCTION follows_patient();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_money_back"), ("packages", "0007_memberships")]

    operations = [migrations.RunSQL(FOLLOWS, "DROP TRIGGER follows_patient ON packages_membership;")]
