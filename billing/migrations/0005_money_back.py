"""Money handed back, payments that bounce, credit of a refund, fees of visits that did not take place."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import Q

import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import append_only

HANDED_OVER = [
    ("cash", "Cash"),
    ("upi", "UPI"),
    ("card", "Card"),
    ("bank", "Bank transfer"),
    ("cheque", "Cheque"),
]
METHODS = [*HANDED_OVER, ("credit", "Account credit")]
LINES = [
    ("package", "package"),
    ("visit", "visit"),
    ("covered", "visit covered by a package"),
    ("free", "visit free of charge"),
    ("fee", "fee of a visit that did not take place"),
    ("goods", "goods"),
]
PROTECT = django.db.models.deletion.PROTECT
MOMENT = django.db.models.functions.datetime.Now()
PLAIN = {"abstract": False, "base_manager_name": "objects"}


def own_id() -> models.UUIDField:
    return models.UUIDField(
        default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False
    )


def points_to(model: str, name: str = "+", **facts: object) -> clinic.tenancy.fields.ClinicForeignKey:
    return clinic.tenancy.fields.ClinicForeignKey(on_delete=PROTECT, related_name=name, to=model, **facts)


REFUND = """
CREATE FUNCTION refund_fits() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  payment public.billing_payment;
  spent numeric;
  given_back numeric;
  today date;
BEGIN
  -- The payment is locked, as an allocation of it is: its money cannot go two ways at once.
  SELECT * INTO payment FROM public.billing_payment
   WHERE clinic_id = NEW.clinic_id AND id = NEW.payment_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0) INTO spent FROM public.billing_allocation
   WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id;
  SELECT coalesce(sum(amount), 0) + NEW.amount INTO given_back FROM public.billing_refund
   WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id;
  IF EXISTS (SELECT FROM public.billing_bounce WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id) THEN
    payment.amount := 0;
  END IF;
  IF spent + given_back > payment.amount THEN
    RAISE EXCEPTION 'of a payment of %, with % set against bills, % cannot be handed back',
      payment.amount, spent, given_back USING ERRCODE = '23514';
  END IF;
  SELECT (clock_timestamp() AT TIME ZONE time_zone)::date INTO today FROM public.clinic_clinic
   WHERE id = NEW.clinic_id;
  IF NEW.given_on NOT BETWEEN payment.received_on AND today THEN
    RAISE EXCEPTION 'money received on % cannot be handed back on %', payment.received_on, NEW.given_on
      USING ERRCODE = '23514';
  END IF;
  NEW.recorded_at := moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER fits BEFORE INSERT ON billing_refund FOR EACH ROW EXECUTE FUNCTION refund_fits();
"""

BOUNCE = """
CREATE FUNCTION bounce_fits() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  payment public.billing_payment;
  spent numeric;
  today date;
BEGIN
  SELECT * INTO payment FROM public.billing_payment
   WHERE clinic_id = NEW.clinic_id AND id = NEW.payment_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0) INTO spent FROM public.billing_allocation
   WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id;
  IF spent <> 0 THEN
    RAISE EXCEPTION 'a payment that still pays for % cannot have bounced', spent USING ERRCODE = '23514';
  END IF;
  IF payment.method = 'credit' OR EXISTS (
    SELECT FROM public.billing_refund WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id) THEN
    RAISE EXCEPTION 'a payment by % that no bank can take back, or that was handed back, cannot bounce', payment.method
      USING ERRCODE = '23514';
  END IF;
  SELECT (clock_timestamp() AT TIME ZONE time_zone)::date INTO today FROM public.clinic_clinic
   WHERE id = NEW.clinic_id;
  IF NEW.bounced_on NOT BETWEEN payment.received_on AND today THEN
    RAISE EXCEPTION 'a payment of % cannot have bounced on %', payment.received_on, NEW.bounced_on
      USING ERRCODE = '23514';
  END IF;
  NEW.recorded_at := moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER fits BEFORE INSERT ON billing_bounce FOR EACH ROW EXECUTE FUNCTION bounce_fits();
"""

# visit_is_settled (0002_guards) looks at the charge and at fees too.
SETTLED = """
DROP TRIGGER settled ON visits_visit;
CREATE CONSTRAINT TRIGGER settled
  AFTER INSERT OR UPDATE OF state, entry_id, settlement, completions, package_id, starts_at, charge, consequence
  ON visits_visit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION visit_is_settled();
CREATE CONSTRAINT TRIGGER settled AFTER INSERT ON billing_billline
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'fee') EXECUTE FUNCTION visit_is_settled();
"""

UNDO_SETTLED = """
DROP TRIGGER settled ON billing_billline;
DROP TRIGGER settled ON visits_visit;
CREATE CONSTRAINT TRIGGER settled
  AFTER INSERT OR UPDATE OF state, entry_id, settlement, completions, package_id, starts_at ON visits_visit
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION visit_is_settled();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_merging"),
        ("clinic", "0005_policies"),
        ("packages", "0006_changes_guard"),
        ("visits", "0003_absences"),
    ]

    operations = [
        migrations.AlterField("billline", "kind", models.CharField(choices=LINES, max_length=8)),
        migrations.AddConstraint(
            "billline",
            models.CheckConstraint(
                name="bill_line_fee_names_visit", condition=~Q(kind="fee") | Q(visit__isnull=False)
            ),
        ),
        migrations.AddIndex(
            "billline",
            models.Index(fields=["clinic", "visit"], name="fee_of_visit", condition=Q(kind="fee")),
        ),
        migrations.AddField(
            "payment",
            "package",
            points_to("packages.package", null=True, help_text="of a credit: what was refunded"),
        ),
        migrations.AlterField("payment", "method", models.CharField(choices=METHODS, max_length=8)),
        migrations.RemoveConstraint("payment", "payment_method_known"),
        migrations.AddConstraint(
            "payment",
            models.CheckConstraint(
                name="payment_method_known", condition=Q(method__in=[name for name, _label in METHODS])
            ),
        ),
        migrations.AddConstraint(
            "payment",
            models.CheckConstraint(
                name="payment_credit_names_package",
                condition=Q(method="credit", package__isnull=False)
                | ~Q(method="credit") & Q(package__isnull=True),
            ),
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("payment", points_to("billing.payment", "refunds")),
                ("branch", points_to("clinic.branch")),
                ("amount", models.DecimalField(decimal_places=3, max_digits=14)),
                ("method", models.CharField(choices=METHODS, max_length=8)),
                ("reference", models.CharField(blank=True, max_length=60, verbose_name="reference")),
                ("given_on", models.DateField()),
                ("reason", models.CharField(max_length=300)),
                ("recorded_at", models.DateTimeField(db_default=MOMENT)),
                ("by", points_to("clinic.staff", null=True)),
                ("key", models.UUIDField(help_text="of the act, which may take from several payments")),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "key", "payment"], name="refund_once"),
                    models.CheckConstraint(name="refund_positive", condition=Q(amount__gt=0)),
                    models.CheckConstraint(name="refund_has_reason", condition=~Q(reason="")),
                    models.CheckConstraint(
                        name="refund_method_handed_over",
                        condition=Q(method__in=[name for name, _label in HANDED_OVER]),
                    ),
                ],
                "indexes": [models.Index(fields=["clinic", "given_on"], name="refund_by_day")],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        migrations.CreateModel(
            name="Bounce",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("payment", points_to("billing.payment", "bounces")),
                ("bounced_on", models.DateField()),
                ("reason", models.CharField(max_length=300)),
                ("recorded_at", models.DateTimeField(db_default=MOMENT)),
                ("by", points_to("clinic.staff", null=True)),
                ("key", models.UUIDField()),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "key"], name="bounce_key_once"),
                    models.UniqueConstraint(fields=["clinic", "payment"], name="bounce_once"),
                    models.CheckConstraint(name="bounce_has_reason", condition=~Q(reason="")),
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        append_only("billing_refund"),
        append_only("billing_bounce"),
        migrations.RunSQL(REFUND, "DROP TRIGGER fits ON billing_refund; DROP FUNCTION refund_fits();"),
        migrations.RunSQL(BOUNCE, "DROP TRIGGER fits ON billing_bounce; DROP FUNCTION bounce_fits();"),
        migrations.RunSQL(SETTLED, UNDO_SETTLED),
    ]
