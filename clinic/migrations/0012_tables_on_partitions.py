"""On a partition a trigger's TG_TABLE_NAME is the partition's, such as billing_bill_p1: triggers ask for the table's."""

from django.db import migrations

OF_THE_TABLE = """
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT pg_get_functiondef(oid) AS body FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace AND pg_has_role(proowner, 'USAGE')
       AND prosrc LIKE '%TG_TABLE_NAME%' AND prosrc NOT LIKE '%regexp_replace(TG_TABLE_NAME%'
  LOOP
    EXECUTE replace(found.body, 'TG_TABLE_NAME', 'regexp_replace(TG_TABLE_NAME, ''_p[0-9]+$'', '''')');
  END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0011_definers_and_pg_temp")]

    operations = [migrations.RunSQL(OF_THE_TABLE, migrations.RunSQL.noop)]
