"""A temporary table never stands in for one of ours.

PostgreSQL looks for a table among the temporary ones first, unless the path says where they come. A function that runs
as the owner of the tables would read and write what somebody else has put there.
"""

from django.db import migrations

LAST = """
DO $$
DECLARE
  found regprocedure;
BEGIN
  FOR found IN
    SELECT oid FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace AND pg_has_role(proowner, 'USAGE')
       AND (prosecdef OR EXISTS (SELECT FROM unnest(proconfig) setting WHERE setting LIKE 'search_path=%'))
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, public, pg_temp', found);
  END LOOP;
END $$;
"""

# script/server revokes it where it makes the database; one that was made by others belongs to us, or is theirs to close.
NONE = """
DO $$
BEGIN
  IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  ELSIF has_database_privilege('ginti_app', current_database(), 'TEMPORARY') THEN
    RAISE WARNING 'the owner of the database should REVOKE TEMPORARY ON DATABASE % FROM PUBLIC', current_database();
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0010_staff_letters"),
        ("packages", "0012_exceptions_by_moment"),
        ("visits", "0009_working_hours"),
        ("billing", "0016_used_again"),
        ("desk", "0002_day_book"),
    ]

    operations = [
        migrations.RunSQL(LAST, migrations.RunSQL.noop),
        migrations.RunSQL(NONE, migrations.RunSQL.noop),
    ]
