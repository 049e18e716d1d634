"""Instalments that add up to what was owed, in the order of their days; of what was agreed anew one holds."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import Q

import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import append_only

PROTECT = django.db.models.deletion.PROTECT
MOMENT = django.db.models.functions.datetime.Now()
PLAIN = {"abstract": False, "base_manager_name": "objects"}


def own_id() -> models.UUIDField:
    return models.UUIDField(
        default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False
    )


def points_to(model: str, name: str = "+", **facts: object) -> clinic.tenancy.fields.ClinicForeignKey:
    return clinic.tenancy.fields.ClinicForeignKey(on_delete=PROTECT, related_name=name, to=model, **facts)


PLAN = """
CREATE FUNCTION instalment_plan_fits() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  line public.billing_billline;
  credited numeric;
  other uuid;
BEGIN
  -- The line is locked, as a payment of it is: what is owed stands still while it is agreed.
  SELECT * INTO line FROM public.billing_billline
   WHERE clinic_id = NEW.clinic_id AND id = NEW.line_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0) INTO credited FROM public.billing_billline
   WHERE clinic_id = NEW.clinic_id AND credits_id = NEW.line_id;
  SELECT coalesce(sum(amount), 0) INTO NEW.paid_before FROM public.billing_allocation
   WHERE clinic_id = NEW.clinic_id AND line_id = NEW.line_id;
  NEW.amount := line.amount + credited - NEW.paid_before;
  NEW.agreed_at := moment_of_record();
  IF NEW.replaces_id IS NOT NULL THEN
    SELECT line_id INTO other FROM public.billing_instalmentplan
     WHERE clinic_id = NEW.clinic_id AND id = NEW.replaces_id;
    IF other IS DISTINCT FROM NEW.line_id THEN
      RAISE EXCEPTION 'instalments are replaced by those of the same line' USING ERRCODE = '23514';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER fits BEFORE INSERT ON billing_instalmentplan FOR EACH ROW EXECUTE FUNCTION instalment_plan_fits();
"""

ADD_UP = """
-- looked at when the transaction commits: 1, 2, 3 …, each later than the one before, none before the agreement,
-- and together what was owed
CREATE FUNCTION instalments_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  the_plan uuid;
  plan billing_instalmentplan;
  total numeric;
  n integer;
  last_number integer;
  in_order boolean;
BEGIN
  IF TG_TABLE_NAME = 'billing_instalmentplan' THEN the_plan := NEW.id; ELSE the_plan := NEW.plan_id; END IF;
  SELECT * INTO plan FROM billing_instalmentplan WHERE clinic_id = NEW.clinic_id AND id = the_plan;
  SELECT coalesce(sum(amount), 0), count(*), coalesce(max(number), 0), bool_and(due_on > before) IS NOT FALSE
    INTO total, n, last_number, in_order
    FROM (SELECT number, amount, due_on, lag(due_on, 1, plan.agreed_on - 1) OVER (ORDER BY number) AS before
            FROM billing_instalment WHERE clinic_id = NEW.clinic_id AND plan_id = the_plan) each;
  IF total <> plan.amount THEN
    RAISE EXCEPTION 'instalments of % for what was owed, %', total, plan.amount USING ERRCODE = '23514';
  END IF;
  IF n <> last_number OR NOT in_order THEN
    RAISE EXCEPTION 'instalments are numbered from 1 in the order of their days' USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER add_up AFTER INSERT ON billing_instalmentplan
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION instalments_add_up();
CREATE CONSTRAINT TRIGGER add_up AFTER INSERT ON billing_instalment
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION instalments_add_up();
"""

UNDO_ADD_UP = """
DROP TRIGGER add_up ON billing_instalmentplan; DROP TRIGGER add_up ON billing_instalment;
DROP FUNCTION instalments_add_up();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_gateway")]

    operations = [
        migrations.CreateModel(
            name="InstalmentPlan",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("line", points_to("billing.billline", "instalment_plans")),
                ("agreed_on", models.DateField(help_text="the clinic's local day")),
                ("agreed_at", models.DateTimeField(db_default=MOMENT)),
                ("amount", models.DecimalField(db_default=0, decimal_places=3, max_digits=14)),
                ("paid_before", models.DecimalField(db_default=0, decimal_places=3, max_digits=14)),
                ("replaces", points_to("billing.instalmentplan", "replaced_by", null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("by", points_to("clinic.staff", null=True)),
                ("key", models.UUIDField()),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "key"], name="instalment_plan_key_once"),
                    models.UniqueConstraint(
                        fields=["clinic", "line"],
                        name="instalment_plan_first_once",
                        condition=Q(replaces__isnull=True),
                    ),
                    models.UniqueConstraint(
                        fields=["clinic", "replaces"], name="instalment_plan_replaced_once"
                    ),
                    models.CheckConstraint(name="instalment_plan_of_something", condition=Q(amount__gt=0)),
                    models.CheckConstraint(
                        name="instalment_plan_anew_has_reason",
                        condition=Q(replaces__isnull=True) | ~Q(reason=""),
                    ),
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("plan", points_to("billing.instalmentplan", "instalments")),
                ("number", models.PositiveSmallIntegerField()),
                ("due_on", models.DateField()),
                ("amount", models.DecimalField(decimal_places=3, max_digits=14)),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(
                        fields=["clinic", "plan", "number"], name="instalment_number_once"
                    ),
                    models.CheckConstraint(name="instalment_number_from_1", condition=Q(number__gte=1)),
                    models.CheckConstraint(name="instalment_positive", condition=Q(amount__gt=0)),
                ],
                "indexes": [models.Index(fields=["clinic", "due_on"], name="instalment_by_day")],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        append_only("billing_instalmentplan"),
        append_only("billing_instalment"),
        migrations.RunSQL(
            PLAN,
            "DROP TRIGGER fits ON billing_instalmentplan; DROP FUNCTION instalment_plan_fits();",
        ),
        migrations.RunSQL(ADD_UP, UNDO_ADD_UP),
    ]
