"""What belongs to a patient follows when the record is merged into another, and goes nowhere else (S17).

It stands with the topmost tables, because it speaks of those of every app.
"""

from django.db import migrations

PATIENT = """
-- A record is merged once and for good, into a living one. Where that one is merged later, those it took in go along.
CREATE FUNCTION patient_merges_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.merged_into_id IS NOT DISTINCT FROM OLD.merged_into_id THEN
    RETURN NEW;
  END IF;
  IF NEW.merged_into_id IS NULL OR NEW.merged_into_id = NEW.id
     OR EXISTS (SELECT FROM clinic_patient WHERE clinic_id = NEW.clinic_id AND id = NEW.merged_into_id
                   AND merged_into_id IS NOT NULL)
     OR OLD.merged_into_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM clinic_patient WHERE clinic_id = OLD.clinic_id AND id = OLD.merged_into_id
          AND merged_into_id = NEW.merged_into_id) THEN
    RAISE EXCEPTION 'patient %: a record is merged once, into a living one', OLD.number USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER merges_for_good BEFORE UPDATE OF merged_into_id ON clinic_patient
  FOR EACH ROW EXECUTE FUNCTION patient_merges_for_good();

-- Whoever writes for a record while it is being merged waits for that here, and then writes for the one it went into.
CREATE FUNCTION follows_patient() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  living uuid;
BEGIN
  SELECT merged_into_id INTO living FROM clinic_patient
   WHERE clinic_id = NEW.clinic_id AND id = NEW.patient_id FOR KEY SHARE;
  NEW.patient_id := coalesce(living, NEW.patient_id);
  RETURN NEW;
END $$;

CREATE FUNCTION keeps_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.patient_id <> OLD.patient_id AND NOT EXISTS (
    SELECT FROM clinic_patient WHERE clinic_id = OLD.clinic_id AND id = OLD.patient_id AND merged_into_id = NEW.patient_id
  ) THEN
    RAISE EXCEPTION '% %: it is another patient''s; only a merge moves it', TG_TABLE_NAME, OLD.id
      USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER follows_patient BEFORE INSERT ON clinic_message FOR EACH ROW EXECUTE FUNCTION follows_patient();
CREATE TRIGGER follows_patient BEFORE INSERT ON clinic_patientlink FOR EACH ROW EXECUTE FUNCTION follows_patient();
CREATE TRIGGER keeps_patient BEFORE UPDATE OF patient_id ON clinic_message
  FOR EACH ROW EXECUTE FUNCTION keeps_patient();
CREATE TRIGGER keeps_patient BEFORE UPDATE OF patient_id ON clinic_patientlink
  FOR EACH ROW EXECUTE FUNCTION keeps_patient();
GRANT UPDATE (patient_id) ON clinic_message TO ginti_app, ginti_platform;
"""

UNDO_PATIENT = """
REVOKE UPDATE (patient_id) ON clinic_message FROM ginti_app, ginti_platform;
DROP TRIGGER merges_for_good ON clinic_patient; DROP FUNCTION patient_merges_for_good();
DROP TRIGGER follows_patient ON clinic_message; DROP TRIGGER keeps_patient ON clinic_message;
DROP TRIGGER follows_patient ON clinic_patientlink; DROP TRIGGER keeps_patient ON clinic_patientlink;
DROP FUNCTION follows_patient(); DROP FUNCTION keeps_patient();
"""

BILLS = """
-- What only grows has one exception: the patient, when that record was merged into another. `previous` is computed
-- from the row after this.
CREATE FUNCTION only_follows_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF to_jsonb(NEW) - '{patient_id,previous}'::text[] = to_jsonb(OLD) - '{patient_id,previous}'::text[]
       AND EXISTS (SELECT FROM clinic_patient WHERE clinic_id = OLD.clinic_id AND id = OLD.patient_id
                      AND merged_into_id = NEW.patient_id) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION '% on %: this table only grows. A mistake is answered by a new row that points at the old one.',
    TG_OP, TG_TABLE_NAME USING ERRCODE = '55000';
END $$;
DROP TRIGGER only_grows ON billing_bill;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON billing_bill
  FOR EACH ROW EXECUTE FUNCTION only_follows_patient();
DROP TRIGGER only_grows ON billing_payment;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON billing_payment
  FOR EACH ROW EXECUTE FUNCTION only_follows_patient();
GRANT UPDATE (patient_id) ON billing_bill, billing_payment TO ginti_app, ginti_platform;

CREATE TRIGGER follows_patient BEFORE INSERT ON billing_bill FOR EACH ROW EXECUTE FUNCTION follows_patient();
CREATE TRIGGER follows_patient BEFORE INSERT ON billing_payment FOR EACH ROW EXECUTE FUNCTION follows_patient();
CREATE TRIGGER follows_patient BEFORE INSERT ON visits_visit FOR EACH ROW EXECUTE FUNCTION follows_patient();
CREATE TRIGGER follows_patient BEFORE INSERT ON packages_package FOR EACH ROW EXECUTE FUNCTION follows_patient();
"""

UNDO_BILLS = """
DROP TRIGGER follows_patient ON packages_package; DROP TRIGGER follows_patient ON visits_visit;
DROP TRIGGER follows_patient ON billing_payment; DROP TRIGGER follows_patient ON billing_bill;
REVOKE UPDATE (patient_id) ON billing_bill, billing_payment FROM ginti_app, ginti_platform;
DROP TRIGGER only_grows ON billing_bill;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON billing_bill FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER only_grows ON billing_payment;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON billing_payment FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION only_follows_patient();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_bill_name_once"),
        ("visits", "0002_guards"),
        ("packages", "0002_ledger_guards"),
        ("clinic", "0004_register_imports"),
    ]

    operations = [migrations.RunSQL(PATIENT, UNDO_PATIENT), migrations.RunSQL(BILLS, UNDO_BILLS)]
