from django.db import migrations

from clinic.tenancy.guards import append_only, only_updates

POLICIES = """
CREATE POLICY own_memberships ON clinic_staff FOR SELECT USING (user_id = current_app_user_id());

ALTER TABLE clinic_clinic ENABLE ROW LEVEL SECURITY;
ALTER TABLE clinic_clinic FORCE ROW LEVEL SECURITY;
REVOKE DELETE ON clinic_clinic FROM ginti_app, ginti_platform;
CREATE POLICY own_clinic ON clinic_clinic USING (id = current_clinic_id()) WITH CHECK (id = current_clinic_id());
CREATE POLICY directory ON clinic_clinic FOR SELECT USING (true);
CREATE POLICY platform ON clinic_clinic TO ginti_platform USING (true) WITH CHECK (true);
"""

UNDO = """
DROP POLICY own_memberships ON clinic_staff;
DROP POLICY own_clinic ON clinic_clinic;
DROP POLICY directory ON clinic_clinic;
DROP POLICY platform ON clinic_clinic;
ALTER TABLE clinic_clinic NO FORCE ROW LEVEL SECURITY;
ALTER TABLE clinic_clinic DISABLE ROW LEVEL SECURITY;
"""

AUDIT_TIME = """
CREATE FUNCTION stamp_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.at := moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE INSERT ON clinic_auditevent FOR EACH ROW EXECUTE FUNCTION stamp_audit();
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial"), ("tenancy", "0001_functions")]

    operations = [
        migrations.RunSQL(POLICIES, UNDO),
        migrations.RunSQL(
            AUDIT_TIME, "DROP TRIGGER stamp ON clinic_auditevent; DROP FUNCTION stamp_audit();"
        ),
        append_only("clinic_auditevent"),
        only_updates("clinic_actkey", "answer"),
        # Search terms are derived from the patient and made anew when a name changes.
        migrations.RunSQL(
            "GRANT DELETE ON clinic_searchterm TO ginti_app, ginti_platform;",
            "REVOKE DELETE ON clinic_searchterm FROM ginti_app, ginti_platform;",
        ),
    ]
