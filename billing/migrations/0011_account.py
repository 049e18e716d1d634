"""What is set against a bill, or taken back, names its act and its reason; a payment is found by its reference. Money
that was handed back out of a payment that bounces is charged."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Upper

import clinic.tenancy.fields

LINES = [
    ("package", "package"),
    ("visit", "visit"),
    ("covered", "visit covered by a package"),
    ("free", "visit free of charge"),
    ("fee", "fee of a visit that did not take place"),
    ("goods", "goods"),
    ("returned", "money handed back of a payment that bounced"),
]

BOUNCE = """
CREATE OR REPLACE FUNCTION bounce_fits() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  payment public.billing_payment;
  spent numeric;
  given_back numeric;
  charged numeric;
  today date;
BEGIN
  SELECT * INTO payment FROM public.billing_payment
   WHERE clinic_id = NEW.clinic_id AND id = NEW.payment_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0) INTO spent FROM public.billing_allocation
   WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id;
  IF spent <> 0 THEN
    RAISE EXCEPTION 'a payment that still pays for % cannot have bounced', spent USING ERRCODE = '23514';
  END IF;
  IF payment.method = 'credit' THEN
    RAISE EXCEPTION 'credit of a refund cannot bounce' USING ERRCODE = '23514';
  END IF;
  -- What was handed back out of it is gone for good: the patient owes it by a bill.
  SELECT coalesce(sum(amount), 0) INTO given_back FROM public.billing_refund
   WHERE clinic_id = NEW.clinic_id AND payment_id = NEW.payment_id;
  SELECT coalesce(sum(line.amount), 0) INTO charged
    FROM public.billing_billline line
    JOIN public.billing_bill bill ON bill.clinic_id = line.clinic_id AND bill.id = line.bill_id
   WHERE line.clinic_id = NEW.clinic_id AND line.id = NEW.charge_id AND line.kind = 'returned'
     AND bill.patient_id = payment.patient_id
     AND NOT EXISTS (SELECT FROM public.billing_bounce other
                      WHERE other.clinic_id = NEW.clinic_id AND other.charge_id = NEW.charge_id);
  IF charged <> given_back OR (given_back = 0 AND NEW.charge_id IS NOT NULL) THEN
    RAISE EXCEPTION 'of a payment that bounced % was handed back, and % is charged for it', given_back, charged
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
"""

# As it stands in 0005_money_back.
BOUNCE_BEFORE = """
CREATE OR REPLACE FUNCTION bounce_fits() RETURNS trigger LANGUAGE plpgsql
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
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0010_print_runs")]

    operations = [
        migrations.AddField("allocation", "key", models.UUIDField(null=True, help_text="of the act")),
        migrations.AddField(
            "allocation", "reason", models.CharField(blank=True, db_default="", max_length=300)
        ),
        migrations.AddConstraint(
            "allocation",
            models.UniqueConstraint(
                fields=["clinic", "key", "payment", "line"],
                name="allocation_once",
                condition=Q(key__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "payment", models.Index(F("clinic"), Upper("reference"), name="payment_by_reference")
        ),
        migrations.AlterField("billline", "kind", models.CharField(choices=LINES, max_length=8)),
        migrations.AddField(
            "bounce",
            "charge",
            clinic.tenancy.fields.ClinicForeignKey(
                help_text="of what had been handed back",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.billline",
            ),
        ),
        migrations.RunSQL(BOUNCE, BOUNCE_BEFORE),
    ]
