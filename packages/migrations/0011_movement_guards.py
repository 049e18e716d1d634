"""The liability's own ledger: what moved on each package, day by day, kept by the database along with the passbook."""

from django.db import migrations

from clinic.tenancy.guards import append_only

AGAIN = """
-- What a visit takes again it did not take in between: it goes on the day on which its session had come back, however
-- long ago the visit was (held_on).
CREATE FUNCTION entry_goes_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT greatest(NEW.happened_on, max(happened_on)) INTO NEW.happened_on FROM public.packages_entry
   WHERE clinic_id = NEW.clinic_id AND visit_id = NEW.visit_id;
  RETURN NEW;
END $$;
CREATE TRIGGER goes_again BEFORE INSERT ON packages_entry
  FOR EACH ROW WHEN (NEW.visit_id IS NOT NULL) EXECUTE FUNCTION entry_goes_again();
"""

UNDO_AGAIN = "DROP TRIGGER goes_again ON packages_entry; DROP FUNCTION entry_goes_again();"

POSTING = """
-- On which day of the books it counts. Whoever closes a month waits for all who hold this lock (every row of a clinic
-- takes it sooner or later), and whoever comes after sees the month closed.
CREATE FUNCTION post_on_open_day() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  zone text;
  closed date;
BEGIN
  IF TG_ARGV[0] = 'received_on' THEN
    NEW.recorded_at := public.moment_of_record();
    NEW.posted_on := NEW.received_on;
  ELSE
    NEW.posted_on := NEW.happened_on;
  END IF;
  SELECT time_zone INTO zone FROM public.clinic_clinic WHERE id = NEW.clinic_id FOR KEY SHARE;
  SELECT max(last_day) INTO closed FROM public.packages_monthclose WHERE clinic_id = NEW.clinic_id;
  NEW.posted_on := greatest(NEW.posted_on, closed + 1);
  NEW.recorded_on := (NEW.recorded_at AT TIME ZONE zone)::date;
  RETURN NEW;
END $$;
-- by their names after the triggers that set recorded_at
CREATE TRIGGER posts BEFORE INSERT ON packages_entry FOR EACH ROW EXECUTE FUNCTION post_on_open_day('happened_on');
CREATE TRIGGER posts BEFORE INSERT ON packages_change FOR EACH ROW EXECUTE FUNCTION post_on_open_day('happened_on');
CREATE TRIGGER posts BEFORE INSERT ON packages_receipt FOR EACH ROW EXECUTE FUNCTION post_on_open_day('received_on');
"""

UNDO_POSTING = """
DROP TRIGGER posts ON packages_entry; DROP TRIGGER posts ON packages_change; DROP TRIGGER posts ON packages_receipt;
DROP FUNCTION post_on_open_day();
"""

MOVING = """
-- Add to a step of a day. The package is locked by whoever calls it. Nearly always it is the last step there is.
CREATE FUNCTION move_liability(
  of_clinic bigint, of_package uuid, on_day date, of_step integer, recorded date,
  more_sessions numeric, more_free numeric, more_value numeric, more_cover numeric, more_back numeric
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  tail public.packages_movement;
  late timestamptz := CASE WHEN date_trunc('month', on_day) < date_trunc('month', recorded) THEN clock_timestamp() END;
BEGIN
  SELECT * INTO tail FROM public.packages_movement WHERE clinic_id = of_clinic AND package_id = of_package
   ORDER BY posted_on DESC, step DESC LIMIT 1;
  IF tail.id IS NOT NULL AND (tail.posted_on, tail.step) > (on_day, of_step) THEN
    INSERT INTO public.packages_movement AS m (clinic_id, id, package_id, posted_on, step, lasts_until, sessions, free, value,
      cover, owed, owed_by_patient, paid_back, sessions_after, free_after, value_after, cover_after, late_at)
    VALUES (of_clinic, gen_random_uuid(), of_package, on_day, of_step, on_day, more_sessions, more_free, more_value,
      more_cover, 0, 0, more_back, 0, 0, 0, 0, late)
    ON CONFLICT (clinic_id, package_id, posted_on, step) DO UPDATE
       SET sessions = m.sessions + more_sessions, free = m.free + more_free, value = m.value + more_value,
           cover = m.cover + more_cover, paid_back = m.paid_back + more_back, late_at = coalesce(late, m.late_at);
    PERFORM public.recount_movements(of_clinic, of_package, recorded);
  ELSIF (tail.posted_on, tail.step) = (on_day, of_step) THEN
    UPDATE public.packages_movement
       SET sessions = sessions + more_sessions, free = free + more_free, value = value + more_value,
           cover = cover + more_cover, paid_back = paid_back + more_back,
           sessions_after = sessions_after + more_sessions, free_after = free_after + more_free,
           value_after = value_after + more_value, cover_after = cover_after + more_cover,
           owed = owed - owed_after + greatest(0, least(cover_after + more_cover, value_after + more_value)),
           owed_by_patient = owed_by_patient - owed_by_patient_after + greatest(0, -(cover_after + more_cover)),
           late_at = coalesce(late, late_at)
     WHERE clinic_id = of_clinic AND id = tail.id;
  ELSE
    IF tail.id IS NULL THEN
      tail.sessions_after := 0; tail.free_after := 0; tail.value_after := 0; tail.cover_after := 0;
      tail.owed_after := 0; tail.owed_by_patient_after := 0;
    ELSE
      UPDATE public.packages_movement SET lasts_until = on_day WHERE clinic_id = of_clinic AND id = tail.id;
    END IF;
    INSERT INTO public.packages_movement (clinic_id, id, package_id, posted_on, step, lasts_until, sessions, free, value, cover,
      owed, owed_by_patient, paid_back, sessions_after, free_after, value_after, cover_after, late_at)
    VALUES (of_clinic, gen_random_uuid(), of_package, on_day, of_step, '9999-12-31', more_sessions, more_free, more_value,
      more_cover,
      greatest(0, least(tail.cover_after + more_cover, tail.value_after + more_value)) - tail.owed_after,
      greatest(0, -(tail.cover_after + more_cover)) - tail.owed_by_patient_after,
      more_back, tail.sessions_after + more_sessions, tail.free_after + more_free, tail.value_after + more_value,
      tail.cover_after + more_cover, late);
  END IF;
END $$;

-- Something took its place in the past of a package: what follows is counted anew.
CREATE FUNCTION recount_movements(of_clinic bigint, of_package uuid, recorded date) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE public.packages_movement m
     SET sessions_after = c.sessions, free_after = c.free, value_after = c.value, cover_after = c.cover,
         owed = c.owed, owed_by_patient = c.by_patient, lasts_until = c.until,
         late_at = CASE WHEN date_trunc('month', m.posted_on) < date_trunc('month', recorded)
             AND (m.owed, m.owed_by_patient) IS DISTINCT FROM (c.owed, c.by_patient)
           THEN clock_timestamp() ELSE m.late_at END
    FROM (
      SELECT id, sessions, free, value, cover, until,
             owed - lag(owed, 1, 0::numeric) OVER w AS owed,
             by_patient - lag(by_patient, 1, 0::numeric) OVER w AS by_patient
        FROM (
          SELECT *, greatest(0, least(cover, value)) AS owed, greatest(0, -cover) AS by_patient
            FROM (
              SELECT id, posted_on, step, sum(sessions) OVER w AS sessions, sum(free) OVER w AS free,
                     sum(value) OVER w AS value, sum(cover) OVER w AS cover,
                     lead(posted_on, 1, '9999-12-31'::date) OVER w AS until
                FROM public.packages_movement WHERE clinic_id = of_clinic AND package_id = of_package
              WINDOW w AS (ORDER BY posted_on, step)
            ) running
        ) owing
      WINDOW w AS (ORDER BY posted_on, step)
    ) c
   WHERE m.clinic_id = of_clinic AND m.id = c.id
     AND (m.sessions_after, m.free_after, m.value_after, m.cover_after, m.owed, m.owed_by_patient, m.lasts_until)
         IS DISTINCT FROM (c.sessions, c.free, c.value, c.cover, c.owed, c.by_patient, c.until);
$$;
"""

UNDO_MOVING = """
DROP FUNCTION move_liability(bigint, uuid, date, integer, date, numeric, numeric, numeric, numeric, numeric);
DROP FUNCTION recount_movements(bigint, uuid, date);
"""

SOURCES = """
CREATE FUNCTION entry_moves_liability() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  pack public.packages_package;
  bonus boolean;
  covered numeric := 0;
BEGIN
  -- A session in dispute is still owed: it was given back, and neither setting it aside nor ending that moves anything.
  IF NEW.kind = 'set_aside' OR NEW.kind = 'reversed' AND EXISTS (
    SELECT FROM public.packages_entry
     WHERE clinic_id = NEW.clinic_id AND id = NEW.reverses_id AND kind = 'set_aside') THEN
    RETURN NULL;
  END IF;
  SELECT * INTO pack FROM public.packages_package WHERE clinic_id = NEW.clinic_id AND id = NEW.package_id;
  SELECT is_bonus INTO bonus FROM public.packages_packageline WHERE clinic_id = NEW.clinic_id AND id = NEW.line_id;
  IF NEW.kind IN ('used', 'used_partly', 'no_show', 'late_cancel', 'reversed', 'transferred_out')
     OR NEW.kind = 'transferred_in' AND NEW.reverses_id IS NOT NULL THEN
    covered := NEW.value;
  ELSIF NEW.kind = 'opening' THEN
    covered := NEW.value;
  END IF;
  -- Of an opening balance: the money of before go-live, less what it had paid for by then. And what came by transfer.
  IF NEW.number = 1 THEN
    covered := covered + pack.moved_in + CASE WHEN NEW.kind = 'opening' THEN pack.paid_before - pack.price ELSE 0 END;
  END IF;
  PERFORM public.move_liability(
    NEW.clinic_id, NEW.package_id, NEW.posted_on,
    CASE NEW.kind WHEN 'opening' THEN 10 WHEN 'transferred_in' THEN 20 WHEN 'sold' THEN 30 WHEN 'bonus' THEN 30
      WHEN 'reinstated' THEN 50 WHEN 'reversed' THEN 70 WHEN 'transferred_out' THEN 80 WHEN 'adjusted' THEN 90
      WHEN 'expired' THEN 100 WHEN 'refunded' THEN 110 ELSE 60 END,
    NEW.recorded_on, NEW.sessions, CASE WHEN bonus OR pack.price = 0 THEN NEW.sessions ELSE 0 END, NEW.value, covered, 0);
  RETURN NULL;
END $$;
CREATE TRIGGER moves_liability AFTER INSERT ON packages_entry
  FOR EACH ROW EXECUTE FUNCTION entry_moves_liability();

CREATE FUNCTION receipt_moves_liability() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM public.move_liability(
    NEW.clinic_id, NEW.package_id, NEW.posted_on,
    CASE WHEN NEW.amount < 0 THEN 120
         WHEN EXISTS (
           SELECT FROM public.packages_movement WHERE clinic_id = NEW.clinic_id AND package_id = NEW.package_id
              AND posted_on = NEW.posted_on AND step = 30) THEN 30
         ELSE 40 END,
    NEW.recorded_on, 0, 0, 0, NEW.amount, 0);
  RETURN NULL;
END $$;
CREATE TRIGGER moves_liability AFTER INSERT ON packages_receipt
  FOR EACH ROW EXECUTE FUNCTION receipt_moves_liability();

CREATE FUNCTION refund_moves_liability() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM public.move_liability(
    NEW.clinic_id, NEW.package_id, NEW.posted_on, 110, NEW.recorded_on, 0, 0, 0, 0, NEW.amount);
  RETURN NULL;
END $$;
CREATE TRIGGER moves_liability AFTER INSERT ON packages_change
  FOR EACH ROW WHEN (NEW.kind = 'refunded') EXECUTE FUNCTION refund_moves_liability();
"""

UNDO_SOURCES = """
DROP TRIGGER moves_liability ON packages_entry; DROP FUNCTION entry_moves_liability();
DROP TRIGGER moves_liability ON packages_receipt; DROP FUNCTION receipt_moves_liability();
DROP TRIGGER moves_liability ON packages_change; DROP FUNCTION refund_moves_liability();
"""

MONTHS = """
CREATE FUNCTION month_closes() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  zone text;
  closed date;
BEGIN
  -- Waits for whoever is writing; who comes meanwhile does not wait for it (see post_on_open_day).
  SELECT time_zone INTO zone FROM public.clinic_clinic WHERE id = NEW.clinic_id FOR UPDATE;
  SELECT max(last_day) INTO closed FROM public.packages_monthclose WHERE clinic_id = NEW.clinic_id;
  IF NEW.last_day <> (date_trunc('month', NEW.last_day) + interval '1 month - 1 day')::date
     OR NEW.last_day <= closed OR NEW.last_day >= (clock_timestamp() AT TIME ZONE zone)::date THEN
    RAISE EXCEPTION 'the month of % is not over, or the books are closed through %', NEW.last_day, closed
      USING ERRCODE = '23514';
  END IF;
  NEW.closed_at := public.moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER closes BEFORE INSERT ON packages_monthclose FOR EACH ROW EXECUTE FUNCTION month_closes();

-- Only whole months that were over by the time are added up, and nobody says that it was later than it is.
CREATE FUNCTION month_is_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.last_day <> (date_trunc('month', NEW.last_day) + interval '1 month - 1 day')::date
     OR NEW.counted_at > clock_timestamp() OR NEW.last_day >= (
       SELECT (NEW.counted_at AT TIME ZONE time_zone)::date FROM public.clinic_clinic WHERE id = NEW.clinic_id) THEN
    RAISE EXCEPTION 'the month of % was not over at %', NEW.last_day, NEW.counted_at USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_over BEFORE INSERT ON packages_monthend FOR EACH ROW EXECUTE FUNCTION month_is_over();

CREATE FUNCTION month_is_added_up() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.packages_monthsum (clinic_id, id, month_end_id, step, sessions, free, value, owed, owed_by_patient,
    paid_back)
  SELECT NEW.clinic_id, gen_random_uuid(), NEW.id, step, sum(sessions), sum(free), sum(value), sum(owed),
         sum(owed_by_patient), sum(paid_back)
    FROM public.packages_movement
   WHERE clinic_id = NEW.clinic_id AND posted_on BETWEEN date_trunc('month', NEW.last_day)::date AND NEW.last_day
   GROUP BY step;
  RETURN NULL;
END $$;
CREATE TRIGGER adds_up AFTER INSERT ON packages_monthend FOR EACH ROW EXECUTE FUNCTION month_is_added_up();
"""

UNDO_MONTHS = """
DROP TRIGGER closes ON packages_monthclose; DROP FUNCTION month_closes();
DROP TRIGGER is_over ON packages_monthend; DROP FUNCTION month_is_over();
DROP TRIGGER adds_up ON packages_monthend; DROP FUNCTION month_is_added_up();
"""

# What was there before: nothing was closed, so that everything was posted on its own day.
BACKFILL = """
ALTER TABLE packages_entry DISABLE TRIGGER only_grows;
ALTER TABLE packages_change DISABLE TRIGGER only_grows;
ALTER TABLE packages_receipt DISABLE TRIGGER only_grows;
DO $$
DECLARE
  of record;
BEGIN
  FOR of IN SELECT id, time_zone FROM clinic_clinic LOOP
    PERFORM set_config('app.clinic_id', of.id::text, true);
    UPDATE packages_entry
       SET posted_on = happened_on, recorded_on = (recorded_at AT TIME ZONE of.time_zone)::date WHERE clinic_id = of.id;
    UPDATE packages_change
       SET posted_on = happened_on, recorded_on = (recorded_at AT TIME ZONE of.time_zone)::date WHERE clinic_id = of.id;
    UPDATE packages_receipt
       SET posted_on = received_on, recorded_on = (recorded_at AT TIME ZONE of.time_zone)::date WHERE clinic_id = of.id;
    WITH posted AS (
      SELECT e.package_id, e.posted_on,
             CASE e.kind WHEN 'opening' THEN 10 WHEN 'transferred_in' THEN 20 WHEN 'sold' THEN 30 WHEN 'bonus' THEN 30
               WHEN 'reinstated' THEN 50 WHEN 'reversed' THEN 70 WHEN 'transferred_out' THEN 80 WHEN 'adjusted' THEN 90
               WHEN 'expired' THEN 100 WHEN 'refunded' THEN 110 ELSE 60 END AS step,
             e.sessions, CASE WHEN l.is_bonus OR p.price = 0 THEN e.sessions ELSE 0 END AS free, e.value,
             CASE WHEN e.kind IN ('used', 'used_partly', 'no_show', 'late_cancel', 'reversed', 'transferred_out', 'opening')
                    OR e.kind = 'transferred_in' AND e.reverses_id IS NOT NULL THEN e.value ELSE 0 END
             + CASE WHEN e.number > 1 THEN 0 ELSE p.moved_in END
             + CASE WHEN e.number = 1 AND e.kind = 'opening' THEN p.paid_before - p.price ELSE 0 END AS cover,
             0 AS paid_back
        FROM packages_entry e
        JOIN packages_package p ON p.clinic_id = e.clinic_id AND p.id = e.package_id
        JOIN packages_packageline l ON l.clinic_id = e.clinic_id AND l.id = e.line_id
        LEFT JOIN packages_entry r ON r.clinic_id = e.clinic_id AND r.id = e.reverses_id
       WHERE e.clinic_id = of.id AND e.kind <> 'set_aside' AND NOT (e.kind = 'reversed' AND r.kind = 'set_aside')
      UNION ALL
      SELECT r.package_id, r.posted_on, CASE WHEN r.amount < 0 THEN 120 WHEN EXISTS (
               SELECT FROM packages_entry e WHERE e.clinic_id = of.id AND e.package_id = r.package_id
                  AND e.posted_on = r.posted_on AND e.kind IN ('sold', 'bonus')) THEN 30 ELSE 40 END,
             0, 0, 0, r.amount, 0
        FROM packages_receipt r WHERE r.clinic_id = of.id
      UNION ALL
      SELECT package_id, posted_on, 110, 0, 0, 0, 0, amount
        FROM packages_change WHERE clinic_id = of.id AND kind = 'refunded'
    )
    INSERT INTO packages_movement (clinic_id, id, package_id, posted_on, step, lasts_until, sessions, free, value, cover,
      owed, owed_by_patient, paid_back, sessions_after, free_after, value_after, cover_after)
    SELECT of.id, gen_random_uuid(), package_id, posted_on, step, '9999-12-31', sum(sessions), sum(free), sum(value),
           sum(cover), 0, 0, sum(paid_back), 0, 0, 0, 0
      FROM posted GROUP BY package_id, posted_on, step;
    PERFORM recount_movements(of.id, package_id, '0001-01-01')
      FROM (SELECT DISTINCT package_id FROM packages_movement WHERE clinic_id = of.id) packages;
  END LOOP;
  PERFORM set_config('app.clinic_id', '', true);
END $$;
ALTER TABLE packages_entry ENABLE TRIGGER only_grows;
ALTER TABLE packages_change ENABLE TRIGGER only_grows;
ALTER TABLE packages_receipt ENABLE TRIGGER only_grows;
"""


def written_by_the_database(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"REVOKE INSERT, UPDATE ON {table} FROM ginti_app, ginti_platform;",
        f"GRANT INSERT, UPDATE ON {table} TO ginti_app, ginti_platform;",
    )


class Migration(migrations.Migration):
    dependencies = [("packages", "0010_movements"), ("tenancy", "0001_functions")]

    operations = [
        migrations.RunSQL(MOVING, UNDO_MOVING),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.RunSQL(AGAIN, UNDO_AGAIN),
        migrations.RunSQL(POSTING, UNDO_POSTING),
        migrations.RunSQL(SOURCES, UNDO_SOURCES),
        migrations.RunSQL(MONTHS, UNDO_MONTHS),
        append_only("packages_monthclose"),
        append_only("packages_monthend"),
        append_only("packages_monthsum"),
        written_by_the_database("packages_movement"),
        written_by_the_database("packages_monthsum"),
    ]
