"""Answers and threads only grow; a dispute keeps its session aside until it is decided, which is once."""

from django.db import migrations

from clinic.tenancy.guards import append_only, never_deleted, only_updates

MOMENTS = """
CREATE FUNCTION stamp_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.answered_at := moment_of_record();
  IF NOT EXISTS (SELECT FROM packages_entry
                  WHERE clinic_id = NEW.clinic_id AND id = NEW.entry_id AND visit_id = NEW.visit_id) THEN
    RAISE EXCEPTION 'answer: the line is of another visit' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE INSERT ON visits_answer FOR EACH ROW EXECUTE FUNCTION stamp_answer();

CREATE FUNCTION stamp_dispute_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.written_at := moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE INSERT ON visits_disputenote FOR EACH ROW EXECUTE FUNCTION stamp_dispute_note();
"""

UNDO_MOMENTS = """
DROP TRIGGER stamp ON visits_answer; DROP FUNCTION stamp_answer();
DROP TRIGGER stamp ON visits_disputenote; DROP FUNCTION stamp_dispute_note();
"""

DISPUTE = """
CREATE FUNCTION dispute_opens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.opened_at := moment_of_record();
  IF NEW.decision <> '' THEN
    RAISE EXCEPTION 'dispute %: it is decided after it was opened', NEW.number USING ERRCODE = '23514';
  END IF;
  IF NOT EXISTS (SELECT FROM packages_entry
                  WHERE clinic_id = NEW.clinic_id AND id = NEW.entry_id AND visit_id = NEW.visit_id
                    AND kind IN ('used', 'used_partly', 'no_show', 'late_cancel'))
     OR NOT EXISTS (SELECT FROM packages_entry
                     WHERE clinic_id = NEW.clinic_id AND id = NEW.aside_id AND visit_id = NEW.visit_id
                       AND kind = 'set_aside') THEN
    RAISE EXCEPTION 'dispute %: it names a deduction of its visit, and the line that set it aside', NEW.number
      USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER opens BEFORE INSERT ON visits_dispute FOR EACH ROW EXECUTE FUNCTION dispute_opens();

CREATE FUNCTION dispute_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.decision <> '' OR NEW.decision = '' THEN
    RAISE EXCEPTION 'dispute %: a decision is written once, and nothing else changes', OLD.number
      USING ERRCODE = '55000';
  END IF;
  NEW.decided_at := moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER decided_once BEFORE UPDATE ON visits_dispute
  FOR EACH ROW EXECUTE FUNCTION dispute_is_decided_once();

-- Looked at when the transaction commits: open, the session is aside; decided, it is not.
CREATE FUNCTION dispute_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  disputed visits_dispute;
  live packages_entry;
BEGIN
  IF TG_TABLE_NAME = 'visits_dispute' THEN
    SELECT * INTO disputed FROM visits_dispute WHERE clinic_id = NEW.clinic_id AND id = NEW.id;
  ELSE
    SELECT * INTO disputed FROM visits_dispute WHERE clinic_id = NEW.clinic_id AND aside_id = NEW.reverses_id;
  END IF;
  IF disputed.id IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT * INTO live FROM packages_entry
   WHERE clinic_id = NEW.clinic_id AND visit_id = disputed.visit_id ORDER BY turn DESC LIMIT 1;
  IF (disputed.decision = '') <> (live.id = disputed.aside_id) THEN
    RAISE EXCEPTION 'dispute %: its decision and the ledger differ', disputed.number USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER holds AFTER INSERT OR UPDATE ON visits_dispute
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dispute_holds();
CREATE CONSTRAINT TRIGGER dispute_holds AFTER INSERT ON packages_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'reversed') EXECUTE FUNCTION dispute_holds();
"""

UNDO_DISPUTE = """
DROP TRIGGER opens ON visits_dispute; DROP FUNCTION dispute_opens();
DROP TRIGGER decided_once ON visits_dispute; DROP FUNCTION dispute_is_decided_once();
DROP TRIGGER holds ON visits_dispute; DROP TRIGGER dispute_holds ON packages_entry; DROP FUNCTION dispute_holds();
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0004_answers_and_disputes"), ("packages", "0002_ledger_guards")]

    operations = [
        migrations.RunSQL(MOMENTS, UNDO_MOMENTS),
        migrations.RunSQL(DISPUTE, UNDO_DISPUTE),
        append_only("visits_answer"),
        append_only("visits_disputenote"),
        never_deleted("visits_dispute"),
        only_updates("visits_dispute", "decision", "decided_at", "decided_by_id", "reason", "decision_key"),
    ]
