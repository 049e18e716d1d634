"""State, validity, freezes and lifted restrictions move by a Change only, and each Change says what was before."""

from django.db import migrations

from clinic.tenancy.guards import append_only

CHANGE = """
-- The only writer of a package's state, last valid day, frozen days and lifted restrictions.
CREATE FUNCTION change_applies() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  pack public.packages_package;
  was datemultirange;
  now_frozen datemultirange;
BEGIN
  SELECT * INTO pack FROM public.packages_package
   WHERE clinic_id = NEW.clinic_id AND id = NEW.package_id FOR NO KEY UPDATE;
  IF pack.id IS NULL THEN
    RAISE EXCEPTION 'no such package in this clinic' USING ERRCODE = '23503';
  END IF;
  NEW.recorded_at := moment_of_record();
  NEW.state_before := pack.state;
  NEW.state_after := CASE NEW.kind
    WHEN 'activated' THEN 'active' WHEN 'suspended' THEN 'suspended' WHEN 'voided' THEN 'void'
    WHEN 'refunded' THEN 'refunded'
    WHEN 'resumed' THEN CASE WHEN pack.activation = 'paid_in_full' AND NOT pack.is_opening
      AND pack.paid + pack.moved_in < pack.price THEN 'pending_payment' ELSE 'active' END
    ELSE pack.state END;
  IF NEW.kind = 'activated' AND pack.state <> 'pending_payment'
     OR NEW.kind = 'suspended' AND pack.state NOT IN ('pending_payment', 'active')
     OR NEW.kind = 'resumed' AND pack.state <> 'suspended'
     OR NEW.kind = 'refund_short' AND pack.state <> 'refunded'
     OR NEW.kind <> 'refund_short' AND pack.state IN ('void', 'refunded') THEN
    RAISE EXCEPTION 'package % is %: it cannot be %', pack.number, pack.state, NEW.kind USING ERRCODE = '23514';
  END IF;
  -- How far each may go is in the terms and in the money, whoever writes.
  IF NEW.kind = 'started' AND pack.validity_start <> 'first_visit'
     OR NEW.kind = 'lifted' AND NEW.clause NOT IN ('therapists', 'branches')
     OR NEW.kind = 'refunded' AND NEW.amount > pack.paid + pack.paid_before + pack.moved_in THEN
    RAISE EXCEPTION 'package %: its terms and its money do not let it be % (%)', pack.number, NEW.kind, NEW.amount
      USING ERRCODE = '23514';
  END IF;
  NEW.valid_until_before := pack.valid_until;
  IF NEW.kind IN ('frozen', 'unfrozen') THEN
    -- Overlapping freezes count once: the days are those by which the union grows or shrinks (S35).
    SELECT coalesce(range_agg(each), '{}') INTO was FROM unnest(pack.frozen) each;
    now_frozen := CASE NEW.kind WHEN 'frozen' THEN was + datemultirange(daterange(NEW.first_day, NEW.last_day, '[]'))
                                ELSE was - datemultirange(daterange(NEW.first_day, NEW.last_day, '[]')) END;
    SELECT coalesce(sum(upper(each) - lower(each)), 0) INTO NEW.days FROM unnest(now_frozen) each;
    IF NEW.kind = 'frozen' AND NEW.days > pack.freeze_limit THEN
      RAISE EXCEPTION 'package %: frozen for % days, and its terms allow %', pack.number, NEW.days, pack.freeze_limit
        USING ERRCODE = '23514';
    END IF;
    SELECT NEW.days - coalesce(sum(upper(each) - lower(each)), 0) INTO NEW.days FROM unnest(was) each;
    NEW.valid_until := pack.valid_until + NEW.days;
    SELECT coalesce(array_agg(each ORDER BY each), '{}') INTO pack.frozen FROM unnest(now_frozen) each;
  ELSIF NEW.kind IN ('extended', 'closure', 'started') THEN
    NEW.days := coalesce(NEW.valid_until - pack.valid_until, 0);
    IF NEW.kind <> 'started' AND NEW.days <= 0 THEN
      RAISE EXCEPTION 'package %: an extension ends later than before (%)', pack.number, pack.valid_until
        USING ERRCODE = '23514';
    END IF;
  ELSE
    NEW.days := 0;
    NEW.valid_until := pack.valid_until;
  END IF;
  UPDATE public.packages_package
     SET state = NEW.state_after, valid_until = NEW.valid_until, frozen = pack.frozen,
         lifted = CASE WHEN NEW.kind = 'lifted' AND NOT pack.lifted @> ARRAY[NEW.clause]
           THEN pack.lifted || NEW.clause ELSE pack.lifted END
   WHERE clinic_id = NEW.clinic_id AND id = NEW.package_id;
  RETURN NEW;
END $$;
CREATE TRIGGER applies BEFORE INSERT ON packages_change
  FOR EACH ROW EXECUTE FUNCTION change_applies();

CREATE FUNCTION stamp_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.recorded_at := moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE INSERT ON packages_agreement FOR EACH ROW EXECUTE FUNCTION stamp_agreement();
"""

UNDO_CHANGE = """
DROP TRIGGER applies ON packages_change; DROP FUNCTION change_applies();
DROP TRIGGER stamp ON packages_agreement; DROP FUNCTION stamp_agreement();
"""

CLOSED = """
-- What is void or refunded holds no session, whatever comes back to it in the meantime (S42).
CREATE FUNCTION package_closed_is_empty() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  pack packages_package;
BEGIN
  SELECT * INTO pack FROM packages_package WHERE clinic_id = NEW.clinic_id AND id = NEW.id;
  IF pack.state IN ('void', 'refunded') AND (pack.sessions_left > 0 OR pack.set_aside > 0) THEN
    RAISE EXCEPTION 'package % is % and has % sessions left', pack.number, pack.state, pack.sessions_left
      USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER closed_is_empty AFTER UPDATE OF state, sessions_left ON packages_package
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.state IN ('void', 'refunded')) EXECUTE FUNCTION package_closed_is_empty();

ALTER TABLE packages_package DROP CONSTRAINT package_bonus_not_negative;
ALTER TABLE packages_package
  ADD CONSTRAINT package_bonus_not_negative CHECK (sessions_left + set_aside >= paid_left);
"""

UNDO_CLOSED = """
ALTER TABLE packages_package DROP CONSTRAINT package_bonus_not_negative;
ALTER TABLE packages_package ADD CONSTRAINT package_bonus_not_negative CHECK (sessions_left >= paid_left);
DROP TRIGGER closed_is_empty ON packages_package; DROP FUNCTION package_closed_is_empty();
"""


class Migration(migrations.Migration):
    dependencies = [("packages", "0005_policies"), ("clinic", "0002_guards")]

    operations = [
        migrations.RunSQL(CHANGE, UNDO_CHANGE),
        migrations.RunSQL(CLOSED, UNDO_CLOSED),
        append_only("packages_change"),
        append_only("packages_agreement"),
        append_only("packages_packagealternative"),
        migrations.RunSQL(
            "REVOKE UPDATE ON packages_package FROM ginti_app, ginti_platform;"
            "GRANT UPDATE (note, patient_id) ON packages_package TO ginti_app, ginti_platform;",
            "GRANT UPDATE (state, valid_from, valid_until) ON packages_package TO ginti_app, ginti_platform;",
        ),
    ]
