from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION current_clinic_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.clinic_id', true), '')::bigint;
CREATE FUNCTION current_app_user_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.user_id', true), '')::bigint;

-- For append-only tables: says why, to whoever tries, the owner included.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on %: this table only grows. A mistake is answered by a new row that points at the old one.',
    TG_OP, TG_TABLE_NAME USING ERRCODE = '55000';
END $$;

-- Times are the database's. Only the owner of the database may state one: demonstration data and restores.
CREATE FUNCTION moment_of_record() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  stated text := nullif(current_setting('app.recorded_at', true), '');
BEGIN
  IF stated IS NOT NULL AND pg_has_role(session_user, 'ginti_owner', 'MEMBER') THEN
    RETURN stated::timestamptz;
  END IF;
  RETURN clock_timestamp();
END $$;
"""

# Tables already here (auth, content types, ...) and every later one; no TRUNCATE, REFERENCES or TRIGGER.
GRANTS = """
GRANT USAGE ON SCHEMA public TO ginti_app, ginti_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ginti_app, ginti_platform;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ginti_app, ginti_platform;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ginti_app, ginti_platform;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ginti_app, ginti_platform;
"""

UNDO = """
DROP FUNCTION current_clinic_id();
DROP FUNCTION current_app_user_id();
DROP FUNCTION refuse_change();
DROP FUNCTION moment_of_record();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(FUNCTIONS, UNDO), migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
