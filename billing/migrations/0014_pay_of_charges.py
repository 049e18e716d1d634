"""A visit that is paid singly earns what its bill line says that it cost; and what was delivered before is counted too."""

from django.db import migrations

CHARGE = """
CREATE FUNCTION charge_earns() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  visit public.visits_visit;
BEGIN
  SELECT * INTO visit FROM public.visits_visit WHERE clinic_id = NEW.clinic_id AND id = NEW.visit_id;
  IF visit.settlement = 'charge' AND visit.therapist_id IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock_shared(public.pay_lock(visit.therapist_id));
    PERFORM public.post_pay(visit, NULL, 1, NEW.amount);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER earns AFTER INSERT ON billing_billline FOR EACH ROW
  WHEN (NEW.kind = 'visit' AND NEW.credits_id IS NULL) EXECUTE FUNCTION charge_earns();
"""

UNDO_CHARGE = "DROP TRIGGER earns ON billing_billline; DROP FUNCTION charge_earns();"

# No rule held yet, so they earn nothing; what was delivered, and by whom, is told of those days too.
BEFORE = """
DO $$
DECLARE
  the_clinic bigint;
  asked text := current_setting('app.clinic_id', true);
BEGIN
  FOR the_clinic IN SELECT id FROM clinic_clinic LOOP
    PERFORM set_config('app.clinic_id', the_clinic::text, true);
    INSERT INTO visits_payline (clinic_id, id, staff_id, visit_id, turn, entry_id, service_id, happened_on,
                                sessions, value, amount, is_absence, recorded_at)
    SELECT v.clinic_id, gen_random_uuid(), v.therapist_id, v.id, 1, e.id, v.service_id,
           coalesce(e.happened_on, (v.starts_at AT TIME ZONE c.time_zone)::date),
           CASE WHEN v.charge > 0 THEN greatest(-e.sessions, 1) ELSE coalesce(-e.sessions, 1) END,
           CASE WHEN v.settlement = 'charge' THEN l.amount ELSE coalesce(-e.value, 0) + v.charge END,
           0, v.state <> 'completed', coalesce(e.recorded_at, v.completed_at)
      FROM visits_visit v
      JOIN clinic_clinic c ON c.id = v.clinic_id
      LEFT JOIN packages_entry e ON e.clinic_id = v.clinic_id AND e.id = v.entry_id
      LEFT JOIN billing_bill b ON b.clinic_id = v.clinic_id AND b.visit_id = v.id AND b.completion = v.completions
      LEFT JOIN billing_billline l ON l.clinic_id = b.clinic_id AND l.bill_id = b.id AND l.kind = 'visit'
           AND l.credits_id IS NULL AND l.visit_id = v.id AND v.settlement = 'charge'
     WHERE v.clinic_id = the_clinic AND v.therapist_id IS NOT NULL
       AND (v.settlement = 'free' OR l.id IS NOT NULL
            OR e.kind IN ('used', 'used_partly', 'no_show', 'late_cancel') AND e.sessions < 0);
  END LOOP;
  PERFORM set_config('app.clinic_id', coalesce(asked, ''), true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0013_money_guards"), ("visits", "0008_pay")]

    operations = [
        migrations.RunSQL(CHARGE, UNDO_CHARGE),
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
    ]
