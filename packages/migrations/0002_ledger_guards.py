"""The database keeps the laws of the ledger: whoever writes, a wrong count cannot be committed."""

from django.db import migrations

from clinic.tenancy.guards import append_only, never_deleted, only_updates

VALUE = """
-- Law 10: what is left of N sessions at price P is worth P - round(P * (N - left) / N). Sessions beyond N
-- (goodwill) are worth nothing. The parts always add up to the whole, in the currency's minor unit.
CREATE FUNCTION package_value(price numeric, sold numeric, remaining numeric, places integer)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN sold <= 0 THEN 0
              ELSE price - round(price * (sold - least(remaining, sold)) / sold, places) END;
"""

PACKAGE = """
CREATE FUNCTION package_starts_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.sessions_sold := 0; NEW.paid_sessions := 0; NEW.sessions_left := 0; NEW.paid_left := 0; NEW.sessions_used := 0;
  NEW.value_left := 0; NEW.entries_count := 0; NEW.paid := 0; NEW.set_aside := 0; NEW.frozen := '{}'; NEW.lifted := '{}';
  RETURN NEW;
END $$;
CREATE TRIGGER starts_empty BEFORE INSERT ON packages_package
  FOR EACH ROW EXECUTE FUNCTION package_starts_empty();

CREATE FUNCTION package_line_counts() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  NEW.sessions_left := 0;
  UPDATE public.packages_package
     SET sessions_sold = sessions_sold + NEW.sessions,
         paid_sessions = paid_sessions + CASE WHEN NEW.is_bonus THEN 0 ELSE NEW.sessions END
   WHERE clinic_id = NEW.clinic_id AND id = NEW.package_id AND entries_count = 0;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'terms are frozen at the sale: no line can be added to package %', NEW.package_id
      USING ERRCODE = '55000';
  END IF;
  RETURN NEW;
END $$;
-- A package stays with who bought it; only a merge moves it to who that patient now is.
CREATE FUNCTION package_keeps_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.patient_id <> OLD.patient_id AND NOT EXISTS (
    SELECT FROM clinic_patient WHERE clinic_id = OLD.clinic_id AND id = OLD.patient_id AND merged_into_id = NEW.patient_id
  ) THEN
    RAISE EXCEPTION 'package % belongs to another patient', NEW.number USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keeps_owner BEFORE UPDATE OF patient_id ON packages_package
  FOR EACH ROW EXECUTE FUNCTION package_keeps_owner();

CREATE TRIGGER counts BEFORE INSERT ON packages_packageline
  FOR EACH ROW EXECUTE FUNCTION package_line_counts();
"""

UNDO_PACKAGE = """
DROP TRIGGER starts_empty ON packages_package; DROP FUNCTION package_starts_empty();
DROP TRIGGER keeps_owner ON packages_package; DROP FUNCTION package_keeps_owner();
DROP TRIGGER counts ON packages_packageline; DROP FUNCTION package_line_counts();
"""

ENTRY = """
-- The only writer of the balances, and of everything an entry says about them.
CREATE FUNCTION entry_moves_balance() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  pack public.packages_package;
  bonus boolean;
  of_line numeric;
  aside numeric := 0;
  worth numeric;
BEGIN
  SELECT * INTO pack FROM public.packages_package
   WHERE clinic_id = NEW.clinic_id AND id = NEW.package_id FOR NO KEY UPDATE;
  UPDATE public.packages_packageline SET sessions_left = sessions_left + NEW.sessions
   WHERE clinic_id = NEW.clinic_id AND id = NEW.line_id AND package_id = NEW.package_id
   RETURNING is_bonus, sessions, sessions_left INTO bonus, of_line, NEW.line_after;
  IF pack.id IS NULL OR bonus IS NULL THEN
    RAISE EXCEPTION 'no such package and line in this clinic' USING ERRCODE = '23503';
  END IF;
  -- What comes back had lapsed, and what comes in went out of another pack or comes back to this one.
  IF NEW.kind = 'reinstated' AND NEW.sessions > (
       SELECT coalesce(-sum(sessions), 0) FROM public.packages_entry
        WHERE clinic_id = NEW.clinic_id AND line_id = NEW.line_id AND kind IN ('expired', 'reinstated'))
     OR NEW.kind = 'transferred_in' AND pack.moved_from_id IS NULL AND NOT EXISTS (
       SELECT FROM public.packages_entry
        WHERE clinic_id = NEW.clinic_id AND id = NEW.reverses_id AND line_id = NEW.line_id
          AND kind = 'transferred_out' AND sessions = -NEW.sessions) THEN
    RAISE EXCEPTION 'package %: % sessions % from nowhere', pack.number, NEW.sessions, NEW.kind
      USING ERRCODE = '23514';
  END IF;
  -- A session in dispute cannot be used and is not used: it is set aside, and its worth stays owed.
  IF NEW.kind = 'set_aside' OR NEW.kind = 'reversed' AND EXISTS (
    SELECT FROM public.packages_entry
     WHERE clinic_id = NEW.clinic_id AND id = NEW.reverses_id AND kind = 'set_aside') THEN
    aside := -NEW.sessions;
  END IF;
  worth := CASE WHEN bonus THEN 0 ELSE NEW.sessions + aside END;
  UPDATE public.packages_package
     SET entries_count = pack.entries_count + 1,
         sessions_left = pack.sessions_left + NEW.sessions,
         set_aside = pack.set_aside + aside,
         -- what visits took, and what had been used before an opening balance; nothing that lapsed or moved
         sessions_used = pack.sessions_used + CASE
           WHEN NEW.kind IN ('used', 'used_partly', 'no_show', 'late_cancel', 'reversed') THEN -NEW.sessions - aside
           WHEN NEW.kind = 'opening' THEN of_line - NEW.sessions ELSE 0 END,
         paid_left = pack.paid_left + worth,
         value_left = package_value(pack.price, pack.paid_sessions, pack.paid_left + worth, pack.places)
   WHERE clinic_id = NEW.clinic_id AND id = NEW.package_id
   RETURNING entries_count, sessions_left, value_left, sessions_used
     INTO NEW.number, NEW.balance_after, NEW.value_after, NEW.used_after;
  NEW.value := NEW.value_after - pack.value_left;
  NEW.turn := NULL;
  IF NEW.visit_id IS NOT NULL THEN
    SELECT coalesce(max(turn), 0) + 1 INTO NEW.turn FROM public.packages_entry
     WHERE clinic_id = NEW.clinic_id AND visit_id = NEW.visit_id;
  END IF;
  NEW.recorded_at := moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER moves_balance BEFORE INSERT ON packages_entry
  FOR EACH ROW EXECUTE FUNCTION entry_moves_balance();
"""

CHAINS = """
ALTER TABLE packages_entry
  ADD previous integer GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED,
  ADD balance_before numeric(6,1) GENERATED ALWAYS AS (balance_after - sessions) STORED,
  ADD value_before numeric(14,3) GENERATED ALWAYS AS (value_after - value) STORED,
  ADD previous_turn integer GENERATED ALWAYS AS (nullif(turn - 1, 0)) STORED,
  ADD undone_package uuid GENERATED ALWAYS AS (CASE WHEN kind = 'reversed' THEN package_id END) STORED,
  ADD undone_line uuid GENERATED ALWAYS AS (CASE WHEN kind = 'reversed' THEN line_id END) STORED,
  ADD undone_sessions numeric(6,1) GENERATED ALWAYS AS (CASE WHEN kind = 'reversed' THEN -sessions END) STORED,
  ADD sold_sessions numeric(6,1) GENERATED ALWAYS AS (CASE WHEN kind IN ('sold', 'bonus') THEN sessions END) STORED;

ALTER TABLE packages_packageline ADD CONSTRAINT package_line_sold UNIQUE (clinic_id, package_id, id, sessions);
-- a line of the terms is sold, given or brought in once, and as many as it says
CREATE UNIQUE INDEX entry_opens_line_once ON packages_entry (clinic_id, line_id)
  WHERE kind IN ('sold', 'bonus', 'opening');

ALTER TABLE packages_entry
  -- every row follows from the row before
  ADD CONSTRAINT entry_first_from_nothing CHECK (number > 1 OR (balance_after = sessions AND value_after = value)),
  ADD CONSTRAINT entry_follows FOREIGN KEY (clinic_id, package_id, previous, balance_before, value_before)
    REFERENCES packages_entry (clinic_id, package_id, number, balance_after, value_after),
  -- at most one live deduction for a visit: odd turns deduct, even turns give back
  ADD CONSTRAINT entry_turn_of_kind CHECK (turn IS NULL OR (turn >= 1 AND (turn % 2 = 0) = (kind = 'reversed'))),
  ADD CONSTRAINT entry_turn_follows FOREIGN KEY (clinic_id, visit_id, previous_turn)
    REFERENCES packages_entry (clinic_id, visit_id, turn),
  -- a reversal undoes the same line of the same package by the same sessions
  ADD CONSTRAINT entry_undoes
    FOREIGN KEY (clinic_id, visit_id, previous_turn, undone_package, undone_line, undone_sessions)
    REFERENCES packages_entry (clinic_id, visit_id, turn, package_id, line_id, sessions),
  ADD CONSTRAINT entry_turn_id UNIQUE (clinic_id, visit_id, turn, id),
  ADD CONSTRAINT entry_undoes_what_it_names FOREIGN KEY (clinic_id, visit_id, previous_turn, reverses_id)
    REFERENCES packages_entry (clinic_id, visit_id, turn, id),
  ADD CONSTRAINT entry_sold_as_written FOREIGN KEY (clinic_id, package_id, line_id, sold_sessions)
    REFERENCES packages_packageline (clinic_id, package_id, id, sessions),
  ADD CONSTRAINT entry_line_of_package FOREIGN KEY (clinic_id, package_id, line_id)
    REFERENCES packages_packageline (clinic_id, package_id, id),
  ADD CONSTRAINT entry_half_steps CHECK (sessions * 2 = trunc(sessions * 2));

-- The stored balance is the balance of the last entry (law 4). Deferred: the trigger writes the package first.
ALTER TABLE packages_package
  ADD tip integer GENERATED ALWAYS AS (nullif(entries_count, 0)) STORED;
ALTER TABLE packages_package
  ADD CONSTRAINT package_balance_is_ledger FOREIGN KEY (clinic_id, id, tip, sessions_left, value_left)
    REFERENCES packages_entry (clinic_id, package_id, number, balance_after, value_after)
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT package_empty_before_first CHECK (entries_count > 0 OR (sessions_left = 0 AND value_left = 0)),
  ADD CONSTRAINT package_bonus_not_negative CHECK (sessions_left >= paid_left),
  -- or the last session could not be used: its worth would be a part of a coin
  ADD CONSTRAINT package_price_in_coins CHECK (price = round(price, places));
ALTER TABLE packages_packageline
  ADD CONSTRAINT package_line_half_steps CHECK (sessions * 2 = trunc(sessions * 2));
"""

UNDO_CHAINS = """
ALTER TABLE packages_packageline DROP CONSTRAINT package_line_half_steps;
ALTER TABLE packages_package DROP CONSTRAINT package_balance_is_ledger,
  DROP CONSTRAINT package_empty_before_first, DROP CONSTRAINT package_bonus_not_negative,
  DROP CONSTRAINT package_price_in_coins, DROP COLUMN tip;
DROP INDEX entry_opens_line_once;
ALTER TABLE packages_entry DROP CONSTRAINT entry_first_from_nothing, DROP CONSTRAINT entry_follows,
  DROP CONSTRAINT entry_turn_of_kind, DROP CONSTRAINT entry_turn_follows, DROP CONSTRAINT entry_undoes,
  DROP CONSTRAINT entry_undoes_what_it_names, DROP CONSTRAINT entry_turn_id, DROP CONSTRAINT entry_sold_as_written,
  DROP CONSTRAINT entry_line_of_package, DROP CONSTRAINT entry_half_steps;
ALTER TABLE packages_entry DROP COLUMN previous, DROP COLUMN balance_before, DROP COLUMN value_before,
  DROP COLUMN previous_turn, DROP COLUMN undone_package, DROP COLUMN undone_line, DROP COLUMN undone_sessions,
  DROP COLUMN sold_sessions;
ALTER TABLE packages_packageline DROP CONSTRAINT package_line_sold;
"""


class Migration(migrations.Migration):
    dependencies = [("packages", "0001_initial"), ("clinic", "0002_guards")]

    operations = [
        migrations.RunSQL(VALUE, "DROP FUNCTION package_value(numeric, numeric, numeric, integer);"),
        migrations.RunSQL(PACKAGE, UNDO_PACKAGE),
        migrations.RunSQL(
            ENTRY, "DROP TRIGGER moves_balance ON packages_entry; DROP FUNCTION entry_moves_balance();"
        ),
        migrations.RunSQL(CHAINS, UNDO_CHAINS),
        append_only("packages_entry"),
        never_deleted("packages_package"),
        never_deleted("packages_packageline"),
        only_updates("packages_package", "state", "valid_from", "valid_until", "note", "patient_id"),
        migrations.RunSQL(
            "REVOKE UPDATE ON packages_packageline FROM ginti_app, ginti_platform;",
            "GRANT UPDATE ON packages_packageline TO ginti_app, ginti_platform;",
        ),
    ]
