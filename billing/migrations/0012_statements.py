"""Statements of attendance for insurers, and what an insurer asks about a patient beside the visits."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import F, Q

import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import never_deleted, only_updates

KINDS = [("attendance", "Attendance statement"), ("superbill", "Superbill")]
PROTECT = django.db.models.deletion.PROTECT
MOMENT = django.db.models.functions.datetime.Now()
PLAIN = {"abstract": False, "base_manager_name": "objects"}


def own_id() -> models.UUIDField:
    return models.UUIDField(
        default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False
    )


def points_to(model: str, name: str = "+", **facts: object) -> clinic.tenancy.fields.ClinicForeignKey:
    return clinic.tenancy.fields.ClinicForeignKey(on_delete=PROTECT, related_name=name, to=model, **facts)


STATEMENT = """
-- A statement is evidence: dated by the clinic's own day, never ahead of time, and it replaces only one of the same.
CREATE FUNCTION statement_is_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.issued_at > clock_timestamp() + interval '1 minute' THEN
    RAISE EXCEPTION 'a statement cannot be dated in the future (%)', NEW.issued_at USING ERRCODE = '23514';
  END IF;
  NEW.issued_on := (SELECT (NEW.issued_at AT TIME ZONE time_zone)::date FROM clinic_clinic WHERE id = NEW.clinic_id);
  IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM billing_statement s WHERE s.clinic_id = NEW.clinic_id AND s.id = NEW.replaces_id
       AND s.kind = NEW.kind AND s.patient_id = NEW.patient_id
       AND (s.package_id, s.first_day, s.last_day) IS NOT DISTINCT FROM (NEW.package_id, NEW.first_day, NEW.last_day)
  ) THEN
    RAISE EXCEPTION 'statement %: it replaces none of the same patient, package and days', NEW.number
      USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
-- By their names: who merged into whom is looked up first.
CREATE TRIGGER follows_patient BEFORE INSERT ON billing_statement
  FOR EACH ROW EXECUTE FUNCTION follows_patient();
CREATE TRIGGER is_issued BEFORE INSERT ON billing_statement
  FOR EACH ROW EXECUTE FUNCTION statement_is_issued();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON billing_statement
  FOR EACH ROW EXECUTE FUNCTION only_follows_patient();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON billing_statement
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON billing_statement FROM ginti_app, ginti_platform;
GRANT UPDATE (patient_id) ON billing_statement TO ginti_app, ginti_platform;

CREATE TRIGGER follows_patient BEFORE INSERT ON billing_claimfacts
  FOR EACH ROW EXECUTE FUNCTION follows_patient();
"""

UNDO_STATEMENT = """
DROP TRIGGER follows_patient ON billing_claimfacts;
DROP TRIGGER follows_patient ON billing_statement; DROP TRIGGER only_grows ON billing_statement;
DROP TRIGGER never_emptied ON billing_statement;
DROP TRIGGER is_issued ON billing_statement; DROP FUNCTION statement_is_issued();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0011_account"),
        ("clinic", "0005_policies"),
        ("packages", "0008_held_on"),
    ]

    operations = [
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("patient", points_to("clinic.patient", "statements")),
                ("package", points_to("packages.package", null=True)),
                ("first_day", models.DateField(null=True)),
                ("last_day", models.DateField(null=True)),
                ("issued_at", models.DateTimeField()),
                ("issued_on", models.DateField(db_default=MOMENT)),
                ("replaces", points_to("billing.statement", null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("document", models.JSONField()),
                ("by", points_to("clinic.staff", null=True)),
                ("key", models.UUIDField()),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "key"], name="statement_key_once"),
                    models.UniqueConstraint(fields=["clinic", "number"], name="statement_number_once"),
                    models.UniqueConstraint(fields=["clinic", "replaces"], name="statement_replaced_once"),
                    models.CheckConstraint(name="statement_number_from_1", condition=Q(number__gte=1)),
                    models.CheckConstraint(
                        name="statement_kind_known", condition=Q(kind__in=[name for name, _label in KINDS])
                    ),
                    models.CheckConstraint(
                        name="statement_of_package_or_days",
                        condition=Q(package__isnull=False, first_day__isnull=True, last_day__isnull=True)
                        | Q(package__isnull=True, first_day__isnull=False, last_day__gte=F("first_day")),
                    ),
                ],
                "indexes": [
                    models.Index(fields=["clinic", "patient", "number"], name="statement_of_patient")
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        migrations.CreateModel(
            name="ClaimFacts",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("patient", points_to("clinic.patient")),
                (
                    "facts",
                    models.JSONField(
                        default=dict, help_text="by the names of the country profile's claim fields"
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                ("by", points_to("clinic.staff", null=True)),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "patient"], name="claim_facts_once")
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        never_deleted("billing_claimfacts"),
        only_updates("billing_claimfacts", "facts", "changed_at", "by_id"),
        migrations.RunSQL(STATEMENT, UNDO_STATEMENT),
    ]
