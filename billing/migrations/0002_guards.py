"""Numbers without a gap, bills that never change, payments that are never spent twice, visits never silently nothing."""

from django.db import migrations

from clinic.tenancy.guards import append_only, never_deleted

NUMBER = """
-- The counter's row is locked until the transaction ends: issue the bill last.
CREATE FUNCTION bill_takes_number() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  zone text;
  first_month integer;
  day date;
  last_at timestamptz;
BEGIN
  SELECT c.time_zone, s.financial_year_starts INTO STRICT zone, first_month
    FROM public.clinic_clinic c JOIN public.clinic_clinicsettings s ON s.clinic_id = c.id
   WHERE c.id = NEW.clinic_id;
  NEW.issued_at := coalesce(NEW.issued_at, clock_timestamp());
  IF NEW.issued_at > clock_timestamp() + interval '1 minute' THEN
    RAISE EXCEPTION 'a bill cannot be dated in the future (%)', NEW.issued_at USING ERRCODE = '23514';
  END IF;
  day := (NEW.issued_at AT TIME ZONE zone)::date;
  NEW.financial_year := make_date(
    extract(year FROM day)::integer - (extract(month FROM day) < first_month)::integer, first_month, 1);
  INSERT INTO public.billing_numberseries AS s
      (clinic_id, id, prefix, financial_year, last_number, last_issued_at)
    VALUES (NEW.clinic_id, gen_random_uuid(), NEW.prefix, NEW.financial_year, 1, NEW.issued_at)
    ON CONFLICT (clinic_id, prefix, financial_year) DO UPDATE
      SET last_number = s.last_number + 1, last_issued_at = greatest(s.last_issued_at, NEW.issued_at)
    RETURNING last_number, last_issued_at INTO NEW.number, last_at;
  -- Clocks of several servers differ by moments; a date before the last bill's is refused.
  IF NEW.issued_at < last_at - interval '5 minutes' THEN
    RAISE EXCEPTION 'a bill cannot be dated before the last one of its series (%)', last_at USING ERRCODE = '23514';
  END IF;
  NEW.issued_at := last_at;
  NEW.issued_on := (last_at AT TIME ZONE zone)::date;
  NEW.name := format('%s/%s/%s', NEW.prefix,
    to_char(NEW.financial_year, 'YY') || CASE WHEN first_month = 1 THEN ''
      ELSE '-' || to_char(NEW.financial_year + interval '1 year', 'YY') END,
    lpad(NEW.number::text, 6, '0'));
  RETURN NEW;
END $$;
CREATE TRIGGER takes_number BEFORE INSERT ON billing_bill FOR EACH ROW EXECUTE FUNCTION bill_takes_number();

ALTER TABLE billing_bill
  ADD previous integer GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED;
ALTER TABLE billing_bill
  ADD CONSTRAINT bill_follows FOREIGN KEY (clinic_id, prefix, financial_year, previous)
    REFERENCES billing_bill (clinic_id, prefix, financial_year, number);
"""

UNDO_NUMBER = """
ALTER TABLE billing_bill DROP CONSTRAINT bill_follows, DROP COLUMN previous;
DROP TRIGGER takes_number ON billing_bill; DROP FUNCTION bill_takes_number();
"""

ALLOCATION = """
CREATE FUNCTION allocation_fits() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  received numeric;
  day date;
  taken_at timestamptz;
  line public.billing_billline;
  spent numeric;
  given_back numeric;
  settled numeric;
  credited numeric;
BEGIN
  -- Both parents are locked, so that two allocations at once cannot each see the other's money as free.
  SELECT amount, received_on, recorded_at INTO received, day, taken_at FROM public.billing_payment
   WHERE clinic_id = NEW.clinic_id AND id = NEW.payment_id FOR NO KEY UPDATE;
  SELECT * INTO line FROM public.billing_billline
   WHERE clinic_id = NEW.clinic_id AND id = NEW.line_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0) + NEW.amount INTO spent FROM public.billing_allocation
   WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id;
  SELECT coalesce(sum(amount), 0) + NEW.amount INTO settled FROM public.billing_allocation
   WHERE clinic_id = NEW.clinic_id AND line_id = NEW.line_id;
  SELECT coalesce(sum(amount), 0) INTO credited FROM public.billing_billline
   WHERE clinic_id = NEW.clinic_id AND credits_id = NEW.line_id;
  -- What was handed back is gone, and a payment that bounced pays for nothing (0005_money_back).
  SELECT coalesce(sum(amount), 0) INTO given_back FROM public.billing_refund
   WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id;
  IF EXISTS (SELECT FROM public.billing_bounce WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id) THEN
    received := 0;
  END IF;
  IF spent NOT BETWEEN 0 AND received - given_back THEN
    RAISE EXCEPTION 'a payment of % cannot be allocated to %', received - given_back, spent USING ERRCODE = '23514';
  END IF;
  IF settled NOT BETWEEN 0 AND line.amount + credited THEN
    RAISE EXCEPTION 'a line of % cannot be paid with %', line.amount + credited, settled USING ERRCODE = '23514';
  END IF;
  IF line.kind = 'package' THEN
    UPDATE public.packages_package SET paid = paid + NEW.amount
     WHERE clinic_id = NEW.clinic_id AND id = line.package_id;
    -- Money that is given out later than it was taken, or taken back, moves on the day of that: no past day changes.
    IF NEW.amount < 0 OR taken_at < now() AND NOT pg_has_role(session_user, 'ginti_owner', 'MEMBER') THEN
      SELECT (clock_timestamp() AT TIME ZONE time_zone)::date INTO day FROM public.clinic_clinic
       WHERE id = NEW.clinic_id;
    END IF;
    INSERT INTO public.packages_receipt (clinic_id, id, package_id, amount, received_on)
    VALUES (NEW.clinic_id, gen_random_uuid(), line.package_id, NEW.amount, day);
  END IF;
  NEW.recorded_at := moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER fits BEFORE INSERT ON billing_allocation FOR EACH ROW EXECUTE FUNCTION allocation_fits();

CREATE FUNCTION credit_fits() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  original numeric;
  credited numeric;
  settled numeric;
BEGIN
  SELECT amount INTO original FROM public.billing_billline
   WHERE clinic_id = NEW.clinic_id AND id = NEW.credits_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0) + NEW.amount INTO credited FROM public.billing_billline
   WHERE clinic_id = NEW.clinic_id AND credits_id = NEW.credits_id;
  SELECT coalesce(sum(amount), 0) INTO settled FROM public.billing_allocation
   WHERE clinic_id = NEW.clinic_id AND line_id = NEW.credits_id;
  IF settled > original + credited THEN
    RAISE EXCEPTION 'a credit of % is more than is left of the line', NEW.amount USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER credit_fits BEFORE INSERT ON billing_billline FOR EACH ROW
  WHEN (NEW.credits_id IS NOT NULL) EXECUTE FUNCTION credit_fits();

CREATE FUNCTION stamp_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  today date;
  refunded numeric;
BEGIN
  NEW.recorded_at := moment_of_record();
  SELECT (clock_timestamp() AT TIME ZONE time_zone)::date INTO today FROM clinic_clinic WHERE id = NEW.clinic_id;
  IF NEW.received_on > today THEN
    RAISE EXCEPTION 'a payment cannot be dated in the future (%)', NEW.received_on USING ERRCODE = '23514';
  END IF;
  IF NEW.method = 'credit' THEN
    -- No money came in: it is what the refund of that package gave back, and no more.
    PERFORM FROM packages_package WHERE clinic_id = NEW.clinic_id AND id = NEW.package_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO refunded FROM packages_change
     WHERE clinic_id = NEW.clinic_id AND package_id = NEW.package_id AND kind IN ('refunded', 'refund_short');
    SELECT refunded - coalesce(sum(amount), 0) INTO refunded FROM billing_payment
     WHERE clinic_id = NEW.clinic_id AND package_id = NEW.package_id;
    IF NEW.amount > refunded THEN
      RAISE EXCEPTION 'a credit of % is more than the refund of its package gave back', NEW.amount
        USING ERRCODE = '23514';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE INSERT ON billing_payment FOR EACH ROW EXECUTE FUNCTION stamp_payment();
"""

UNDO_ALLOCATION = """
DROP TRIGGER fits ON billing_allocation; DROP FUNCTION allocation_fits();
DROP TRIGGER credit_fits ON billing_billline; DROP FUNCTION credit_fits();
DROP TRIGGER stamp ON billing_payment; DROP FUNCTION stamp_payment();
"""

SETTLED = """
-- completed <=> settled (deduction, charge or a reason) <=> exactly one bill, looked at when the transaction commits
CREATE FUNCTION visit_is_settled() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  the_visit uuid;
  visit public.visits_visit;
  live public.packages_entry;
  bills integer;
  charged numeric;
  fee numeric;
  day date;
  bought date;
BEGIN
  IF TG_TABLE_NAME = 'visits_visit' THEN the_visit := NEW.id; ELSE the_visit := NEW.visit_id; END IF;
  SELECT * INTO visit FROM public.visits_visit
   WHERE clinic_id = NEW.clinic_id AND id = the_visit FOR NO KEY UPDATE;
  SELECT * INTO live FROM public.packages_entry
   WHERE clinic_id = NEW.clinic_id AND visit_id = the_visit ORDER BY turn DESC LIMIT 1;
  IF live.kind = 'reversed' THEN live := NULL; END IF;
  IF visit.entry_id IS DISTINCT FROM live.id THEN
    RAISE EXCEPTION 'visit %: its entry and the ledger differ', the_visit USING ERRCODE = '23514';
  END IF;
  -- a session in dispute is set aside; the visit stays settled by its package, or absent, until that is decided
  IF (visit.settlement = 'package') <> (live.id IS NOT NULL AND (live.kind IN ('used', 'used_partly')
      OR live.kind = 'set_aside' AND visit.consequence <> 'sessions')) THEN
    RAISE EXCEPTION 'visit %: settlement "%" and the ledger differ', the_visit, visit.settlement
      USING ERRCODE = '23514';
  END IF;
  IF live.kind = 'no_show' AND visit.state <> 'no_show'
     OR live.kind = 'late_cancel' AND visit.state <> 'cancelled_by_patient' THEN
    RAISE EXCEPTION 'visit %: a deduction for % while %', the_visit, live.kind, visit.state USING ERRCODE = '23514';
  END IF;
  IF live.id IS NOT NULL THEN
    -- law 6: the session was used on the clinic's local day of the visit, or on the day of the sale where the pack was
    -- bought later (S34); a line that follows a dispute is of the day it was decided
    SELECT (visit.starts_at AT TIME ZONE time_zone)::date INTO day FROM public.clinic_clinic WHERE id = NEW.clinic_id;
    SELECT sold_on INTO bought FROM public.packages_package WHERE clinic_id = NEW.clinic_id AND id = live.package_id;
    IF live.happened_on <> greatest(day, bought) AND NOT (live.happened_on > day AND EXISTS (
         SELECT FROM public.packages_entry
          WHERE clinic_id = NEW.clinic_id AND visit_id = the_visit AND kind = 'set_aside'))
       OR live.held_on NOT IN (day, greatest(day, bought))
       OR live.package_id IS DISTINCT FROM visit.package_id THEN
      RAISE EXCEPTION 'visit % of %: its deduction is of another day (%) or package', the_visit, day, live.happened_on
        USING ERRCODE = '23514';
    END IF;
  END IF;
  IF visit.state = 'completed' AND visit.settlement <> 'before' THEN
    SELECT count(*) INTO bills FROM public.billing_bill
     WHERE clinic_id = NEW.clinic_id AND visit_id = the_visit AND completion = visit.completions;
    IF bills <> 1 THEN
      RAISE EXCEPTION 'visit %: completed with % bills', the_visit, bills USING ERRCODE = '23514';
    END IF;
  END IF;
  -- what is asked for beside the session stands on the bill of the completion (S18, S51)
  IF visit.settlement = 'package' THEN
    SELECT coalesce(sum(line.amount), 0) INTO charged
      FROM public.billing_bill bill
      JOIN public.billing_billline line ON line.clinic_id = bill.clinic_id AND line.bill_id = bill.id
     WHERE bill.clinic_id = NEW.clinic_id AND bill.visit_id = the_visit AND bill.completion = visit.completions
       AND line.kind = 'visit';
    IF charged <> visit.charge THEN
      RAISE EXCEPTION 'visit %: % is to be paid beside the session, and % is billed', the_visit, visit.charge, charged
        USING ERRCODE = '23514';
    END IF;
  END IF;
  -- a fee or a session for a visit that did not take place, never both (S49); and the fee is billed until it is let off
  SELECT coalesce(sum(amount), 0) INTO fee FROM public.billing_billline
   WHERE clinic_id = NEW.clinic_id AND visit_id = the_visit AND kind = 'fee';
  IF fee <> 0 AND live.id IS NOT NULL THEN
    RAISE EXCEPTION 'visit %: a fee beside a session', the_visit USING ERRCODE = '23514';
  END IF;
  IF fee <> (CASE WHEN visit.consequence = 'fee' THEN visit.charge ELSE 0 END) THEN
    RAISE EXCEPTION 'visit %: a fee of % is billed, its charge is % (%)', the_visit, fee, visit.charge, visit.consequence
      USING ERRCODE = '23514';
  END IF;
  -- a completion that was taken back is answered by a note (S06)
  IF EXISTS (
    SELECT FROM public.billing_bill bill
     WHERE bill.clinic_id = NEW.clinic_id AND bill.visit_id = the_visit
       AND bill.completion < visit.completions + (visit.state <> 'completed')::integer
       AND NOT EXISTS (SELECT FROM public.billing_bill note
                        WHERE note.clinic_id = bill.clinic_id AND note.corrects_id = bill.id)) THEN
    RAISE EXCEPTION 'visit %: reopened, and no note answers its bill', the_visit USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER settled
  AFTER INSERT OR UPDATE OF state, entry_id, settlement, completions, package_id, starts_at ON visits_visit
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION visit_is_settled();
CREATE CONSTRAINT TRIGGER settled AFTER INSERT ON packages_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.visit_id IS NOT NULL) EXECUTE FUNCTION visit_is_settled();

-- Completions are counted, never taken back; and a visit of our own is never declared counted before we began.
-- What was completed stands as it was (its bill says so) until it is reopened, though a dispute gives it another entry
-- of its ledger line; only a merge moves it to who the
-- patient now is.
CREATE FUNCTION visit_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'completed' AND NEW.state = 'completed' AND
     (OLD.service_id, OLD.therapist_id, OLD.branch_id, OLD.starts_at, OLD.minutes, OLD.package_id,
      OLD.settlement, OLD.charge, OLD.reason, OLD.completions, OLD.completed_at, OLD.completed_by_id) IS DISTINCT FROM
     (NEW.service_id, NEW.therapist_id, NEW.branch_id, NEW.starts_at, NEW.minutes, NEW.package_id,
      NEW.settlement, NEW.charge, NEW.reason, NEW.completions, NEW.completed_at, NEW.completed_by_id) THEN
    RAISE EXCEPTION 'visit %: completed, and stands as it was; reopen it first', NEW.id USING ERRCODE = '23514';
  END IF;
  IF OLD.completions > 0 AND NEW.patient_id <> OLD.patient_id AND NOT EXISTS (
    SELECT FROM clinic_patient WHERE clinic_id = OLD.clinic_id AND id = OLD.patient_id AND merged_into_id = NEW.patient_id
  ) THEN
    RAISE EXCEPTION 'visit %: it was another patient who came', NEW.id USING ERRCODE = '23514';
  END IF;
  IF NEW.completions < OLD.completions OR NEW.settlement = 'before' AND OLD.settlement <> 'before' THEN
    RAISE EXCEPTION 'visit %: completions %, settlement "%" cannot follow', NEW.id, NEW.completions, NEW.settlement
      USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER goes_on BEFORE UPDATE ON visits_visit FOR EACH ROW EXECUTE FUNCTION visit_goes_on();
"""

WHOLE = """
-- A bill is what its frozen copy says, from its first moment: no line can be added to it later, and none is a
-- bill for a completion that did not happen.
CREATE FUNCTION bill_is_whole() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  bill public.billing_bill;
  lines integer;
  amounts numeric;
BEGIN
  IF TG_TABLE_NAME = 'billing_bill' THEN bill := NEW;
  ELSE
    SELECT * INTO bill FROM public.billing_bill WHERE clinic_id = NEW.clinic_id AND id = NEW.bill_id;
  END IF;
  SELECT count(*), coalesce(sum(amount), 0) INTO lines, amounts FROM public.billing_billline
   WHERE clinic_id = bill.clinic_id AND bill_id = bill.id;
  IF amounts <> bill.total OR lines <> jsonb_array_length(bill.document -> 'lines') THEN
    RAISE EXCEPTION 'bill % of % is not its % lines of %', bill.name, bill.total, lines, amounts
      USING ERRCODE = '23514';
  END IF;
  IF bill.visit_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM public.visits_visit WHERE clinic_id = bill.clinic_id AND id = bill.visit_id
       AND bill.completion BETWEEN 1 AND completions) THEN
    RAISE EXCEPTION 'bill %: its visit was not completed', bill.name USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER whole AFTER INSERT ON billing_bill
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bill_is_whole();
CREATE CONSTRAINT TRIGGER whole AFTER INSERT ON billing_billline
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bill_is_whole();
"""

UNDO_WHOLE = """
DROP TRIGGER whole ON billing_bill; DROP TRIGGER whole ON billing_billline; DROP FUNCTION bill_is_whole();
"""

UNDO_SETTLED = """
DROP TRIGGER settled ON visits_visit; DROP TRIGGER settled ON packages_entry; DROP FUNCTION visit_is_settled();
DROP TRIGGER goes_on ON visits_visit; DROP FUNCTION visit_goes_on();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0001_initial"),
        ("visits", "0002_guards"),
        ("packages", "0003_receipts"),
        ("clinic", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(NUMBER, UNDO_NUMBER),
        migrations.RunSQL(ALLOCATION, UNDO_ALLOCATION),
        migrations.RunSQL(SETTLED, UNDO_SETTLED),
        migrations.RunSQL(WHOLE, UNDO_WHOLE),
        append_only("billing_bill"),
        append_only("billing_billline"),
        append_only("billing_payment"),
        append_only("billing_allocation"),
        never_deleted("billing_numberseries"),
        migrations.RunSQL(
            "REVOKE INSERT, UPDATE ON billing_numberseries FROM ginti_app, ginti_platform;",
            "GRANT INSERT, UPDATE ON billing_numberseries TO ginti_app, ginti_platform;",
        ),
    ]
