"""A visit that is completed again uses its session on the day on which it had come back (packages 0011)."""

from importlib import import_module

from django.db import migrations

BEFORE = """    -- law 6: the session was used on the clinic's local day of the visit, or on the day of the sale where the pack was
    -- bought later (S34); a line that follows a dispute is of the day it was decided
"""
AFTER = """    -- law 6: the session was used on the clinic's local day of the visit, or on the day of the sale where the pack was
    -- bought later (S34); what is used again after it came back, of the day of that
"""
ONLY_DISPUTES = """    IF live.happened_on <> greatest(day, bought) AND NOT (live.happened_on > day AND EXISTS (
         SELECT FROM public.packages_entry
          WHERE clinic_id = NEW.clinic_id AND visit_id = the_visit AND kind = 'set_aside'))
"""
WHATEVER_CAME_BACK = """    IF live.happened_on <> greatest(day, bought, (
         SELECT max(happened_on) FROM public.packages_entry
          WHERE clinic_id = NEW.clinic_id AND visit_id = the_visit AND turn < live.turn))
"""


def earlier() -> str:
    """The function as it was."""
    guards = import_module("billing.migrations.0002_guards").SETTLED
    start = guards.index("CREATE FUNCTION visit_is_settled()")
    end = guards.index("END $$;", start) + len("END $$;")
    return str(guards[start:end]).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def otherwise(sql: str) -> str:
    for was, now in ((BEFORE, AFTER), (ONLY_DISPUTES, WHATEVER_CAME_BACK)):
        if was not in sql:
            raise LookupError(was)
        sql = sql.replace(was, now)
    return sql


class Migration(migrations.Migration):
    dependencies = [("billing", "0015_bounces_by_day"), ("packages", "0012_exceptions_by_moment")]

    operations = [migrations.RunSQL(otherwise(earlier()), earlier())]
