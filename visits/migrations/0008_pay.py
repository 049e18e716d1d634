"""What therapists earn: rules that are never changed, and lines that the database posts and takes back with the use."""

from decimal import Decimal
from typing import Any

import django.db.models.deletion
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import append_only

PLAIN = {"abstract": False, "base_manager_name": "objects"}
KINDS = [
    ("per_session", "an amount for each session"),
    ("percent", "a part of what the session is worth"),
    ("as_usual", "as for every other service"),
]
FREE = "sessions that the patient does not pay for are paid too"
ABSENCES = "a session taken because the patient did not come is paid too"


def own_id() -> models.UUIDField:
    return models.UUIDField(
        default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False
    )


def points_to(model: str, **facts: Any) -> clinic.tenancy.fields.ClinicForeignKey:
    protect = django.db.models.deletion.PROTECT
    return clinic.tenancy.fields.ClinicForeignKey(on_delete=protect, related_name="+", to=model, **facts)


def money(**facts: Any) -> models.DecimalField:
    return models.DecimalField(decimal_places=3, max_digits=14, **facts)


CHAIN = """
ALTER TABLE visits_payrule ADD CONSTRAINT pay_rule_in_coins CHECK (amount = round(amount, places));
ALTER TABLE visits_payline
  ADD previous_turn integer GENERATED ALWAYS AS (nullif(turn - 1, 0)) STORED,
  ADD undone_turn integer GENERATED ALWAYS AS (CASE WHEN reverses_id IS NOT NULL THEN turn - 1 END) STORED,
  ADD undone_sessions numeric(6,1) GENERATED ALWAYS AS (-sessions) STORED,
  ADD undone_value numeric(14,3) GENERATED ALWAYS AS (-value) STORED,
  ADD undone_amount numeric(14,3) GENERATED ALWAYS AS (-amount) STORED;
ALTER TABLE visits_payline
  -- at most one live line of a visit: odd turns earn, even turns take back
  ADD CONSTRAINT pay_line_turn_of_kind CHECK ((turn % 2 = 0) = (reverses_id IS NOT NULL)),
  ADD CONSTRAINT pay_line_turn_follows FOREIGN KEY (clinic_id, visit_id, previous_turn)
    REFERENCES visits_payline (clinic_id, visit_id, turn),
  -- a reversal takes back the line before it, from the same person, by the same figures
  ADD CONSTRAINT pay_line_undoes
    FOREIGN KEY (clinic_id, visit_id, undone_turn, reverses_id, staff_id, undone_sessions, undone_value, undone_amount)
    REFERENCES visits_payline (clinic_id, visit_id, turn, id, staff_id, sessions, value, amount);
"""

UNDO_CHAIN = """
ALTER TABLE visits_payline DROP CONSTRAINT pay_line_turn_of_kind, DROP CONSTRAINT pay_line_turn_follows,
  DROP CONSTRAINT pay_line_undoes;
ALTER TABLE visits_payline DROP COLUMN previous_turn, DROP COLUMN undone_turn, DROP COLUMN undone_sessions,
  DROP COLUMN undone_value, DROP COLUMN undone_amount;
ALTER TABLE visits_payrule DROP CONSTRAINT pay_rule_in_coins;
"""

RULE = """
-- The rule that holds on a day: the latest for the service, unless it says "as for every other"; else the general one.
CREATE FUNCTION pay_rule_on(the_clinic bigint, the_staff uuid, the_service uuid, the_day date)
RETURNS SETOF visits_payrule LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT rule.* FROM public.visits_payrule rule
   WHERE rule.id IN (
     SELECT DISTINCT ON (service_id) id FROM public.visits_payrule
      WHERE clinic_id = the_clinic AND staff_id = the_staff AND (service_id = the_service OR service_id IS NULL)
        AND from_day <= the_day
      ORDER BY service_id, from_day DESC, recorded_at DESC, id DESC)
     AND rule.clinic_id = the_clinic AND rule.kind <> 'as_usual'
   ORDER BY rule.service_id NULLS LAST LIMIT 1;
$$;

-- What a rule pays, in the currency's minor unit; halves go up. Without a rule nothing.
CREATE FUNCTION pay_by_rule(rule visits_payrule, sessions numeric, value numeric, is_absence boolean)
RETURNS numeric LANGUAGE sql IMMUTABLE RETURN CASE
  WHEN is_absence AND NOT rule.pays_absences OR NOT is_absence AND value = 0 AND NOT rule.pays_free THEN 0
  WHEN rule.kind = 'per_session' THEN round(rule.amount * sessions, rule.places)
  WHEN rule.kind = 'percent' THEN round(value * rule.percent / 100, rule.places)
  ELSE 0 END;

-- Whoever posts somebody's pay shares it; whoever changes their rules has it alone: no line is posted by an old rule.
CREATE FUNCTION pay_lock(the_staff uuid) RETURNS bigint LANGUAGE sql IMMUTABLE
  RETURN hashtextextended('pay of ' || the_staff::text, 0);
"""

UNDO_RULE = """
DROP FUNCTION pay_rule_on(bigint, uuid, uuid, date);
DROP FUNCTION pay_by_rule(visits_payrule, numeric, numeric, boolean);
DROP FUNCTION pay_lock(uuid);
"""

# Called by the triggers below only: nobody but the owner of the tables may insert a line.
POSTING = """
REVOKE INSERT ON visits_payline FROM ginti_app, ginti_platform;

-- A line stands on the day of its entry, or of its visit; what came back on a later day is earned again from then on, so
-- that no statement of days that have passed has it twice.
CREATE FUNCTION post_pay(visit visits_visit, entry packages_entry, held numeric, worth numeric)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  rule public.visits_payrule;
  day date := entry.happened_on;
  last_turn integer;
  came_back date;
  absent boolean := visit.state <> 'completed';
BEGIN
  IF day IS NULL THEN
    SELECT (visit.starts_at AT TIME ZONE time_zone)::date INTO day FROM public.clinic_clinic WHERE id = visit.clinic_id;
  END IF;
  SELECT coalesce(max(turn), 0), max(happened_on) FILTER (WHERE reverses_id IS NOT NULL) INTO last_turn, came_back
    FROM public.visits_payline WHERE clinic_id = visit.clinic_id AND visit_id = visit.id;
  day := greatest(day, came_back);
  SELECT * INTO rule FROM public.pay_rule_on(visit.clinic_id, visit.therapist_id, visit.service_id, day);
  INSERT INTO public.visits_payline (clinic_id, id, staff_id, visit_id, turn, entry_id, service_id, happened_on,
                                     sessions, value, amount, is_absence, rule_id, recorded_at)
  VALUES (visit.clinic_id, gen_random_uuid(), visit.therapist_id, visit.id, last_turn + 1, entry.id,
          visit.service_id, day, held, worth, public.pay_by_rule(rule, held, worth, absent), absent, rule.id,
          public.moment_of_record());
END $$;

CREATE FUNCTION take_back_pay(line visits_payline, day date) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO public.visits_payline (clinic_id, id, staff_id, visit_id, turn, entry_id, service_id, happened_on,
                                     sessions, value, amount, is_absence, rule_id, reverses_id, recorded_at)
  VALUES (line.clinic_id, gen_random_uuid(), line.staff_id, line.visit_id, line.turn + 1, line.entry_id, line.service_id,
          greatest(day, line.happened_on), -line.sessions, -line.value, -line.amount, line.is_absence, line.rule_id,
          line.id, public.moment_of_record());
$$;
"""

UNDO_POSTING = """
DROP FUNCTION post_pay(visits_visit, packages_entry, numeric, numeric);
DROP FUNCTION take_back_pay(visits_payline, date);
GRANT INSERT ON visits_payline TO ginti_app, ginti_platform;
"""

EARNS = """
-- A visit's entry follows the ledger (visit_is_settled refuses anything else), so whatever uses a session or gives it
-- back comes by here. What is paid singly is posted with its bill line, which says what it cost (billing 0014).
CREATE FUNCTION visit_earns() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  live public.visits_payline;
  entry public.packages_entry;
  earns boolean;
  taken numeric := 1;
  back date;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(public.pay_lock(NEW.therapist_id));
  IF NEW.entry_id IS NOT NULL THEN
    SELECT * INTO STRICT entry FROM public.packages_entry WHERE clinic_id = NEW.clinic_id AND id = NEW.entry_id;
    taken := -entry.sessions;
  END IF;
  earns := NEW.therapist_id IS NOT NULL AND (NEW.settlement IN ('charge', 'free')
    OR coalesce(entry.kind IN ('used', 'used_partly', 'no_show', 'late_cancel') AND taken > 0, false));
  SELECT * INTO live FROM public.visits_payline
   WHERE clinic_id = NEW.clinic_id AND visit_id = NEW.id ORDER BY turn DESC LIMIT 1;
  IF live.id IS NOT NULL AND live.reverses_id IS NULL THEN
    IF earns AND live.staff_id = NEW.therapist_id AND live.entry_id IS NOT DISTINCT FROM NEW.entry_id THEN
      RETURN NULL;
    END IF;
    -- on the day on which the session came back, or of today where none was taken
    SELECT coalesce((SELECT happened_on FROM public.packages_entry
                      WHERE clinic_id = NEW.clinic_id AND visit_id = NEW.id AND reverses_id = live.entry_id),
                    (public.moment_of_record() AT TIME ZONE time_zone)::date)
      INTO back FROM public.clinic_clinic WHERE id = NEW.clinic_id;
    PERFORM public.take_back_pay(live, back);
  END IF;
  IF earns AND NEW.settlement <> 'charge' THEN
    -- what is paid beside half a session makes it a whole one (S51)
    PERFORM public.post_pay(NEW, entry, CASE WHEN NEW.charge > 0 THEN greatest(taken, 1) ELSE taken END,
                            coalesce(-entry.value, 0) + NEW.charge);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER earns_later AFTER UPDATE OF settlement, entry_id ON visits_visit FOR EACH ROW
  WHEN (OLD.settlement <> NEW.settlement OR OLD.entry_id IS DISTINCT FROM NEW.entry_id) EXECUTE FUNCTION visit_earns();
CREATE TRIGGER earns AFTER INSERT ON visits_visit
  FOR EACH ROW WHEN (NEW.entry_id IS NOT NULL OR NEW.settlement <> '') EXECUTE FUNCTION visit_earns();
"""

UNDO_EARNS = """
DROP TRIGGER earns_later ON visits_visit; DROP TRIGGER earns ON visits_visit; DROP FUNCTION visit_earns();
"""

ANEW = """
CREATE FUNCTION pay_rule_begins() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  month date;
BEGIN
  PERFORM pg_advisory_xact_lock(pay_lock(NEW.staff_id));
  NEW.recorded_at := moment_of_record();
  SELECT date_trunc('month', NEW.recorded_at AT TIME ZONE time_zone)::date INTO month FROM clinic_clinic
   WHERE id = NEW.clinic_id;
  IF NEW.from_day < month THEN
    RAISE EXCEPTION 'a pay rule from % would change a month that has ended', NEW.from_day USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON visits_payrule FOR EACH ROW EXECUTE FUNCTION pay_rule_begins();

-- What was earned from its day on by another rule is taken back and earned anew, on the same days.
CREATE FUNCTION pay_rule_applies() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  line public.visits_payline;
  rule public.visits_payrule;
BEGIN
  FOR line IN
    SELECT * FROM public.visits_payline each
     WHERE clinic_id = NEW.clinic_id AND staff_id = NEW.staff_id AND happened_on >= NEW.from_day
       AND (NEW.service_id IS NULL OR service_id = NEW.service_id) AND reverses_id IS NULL
       AND NOT EXISTS (SELECT FROM public.visits_payline later WHERE later.clinic_id = each.clinic_id
                          AND later.visit_id = each.visit_id AND later.turn = each.turn + 1)
     ORDER BY happened_on, recorded_at, id
  LOOP
    SELECT * INTO rule FROM public.pay_rule_on(line.clinic_id, line.staff_id, line.service_id, line.happened_on);
    CONTINUE WHEN rule.id IS NOT DISTINCT FROM line.rule_id;
    PERFORM public.take_back_pay(line, line.happened_on);
    INSERT INTO public.visits_payline (clinic_id, id, staff_id, visit_id, turn, entry_id, service_id, happened_on,
                                       sessions, value, amount, is_absence, rule_id, recorded_at)
    VALUES (line.clinic_id, gen_random_uuid(), line.staff_id, line.visit_id, line.turn + 2, line.entry_id,
            line.service_id, line.happened_on, line.sessions, line.value,
            public.pay_by_rule(rule, line.sessions, line.value, line.is_absence), line.is_absence, rule.id,
            public.moment_of_record());
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER applies AFTER INSERT ON visits_payrule FOR EACH ROW EXECUTE FUNCTION pay_rule_applies();
"""

UNDO_ANEW = """
DROP TRIGGER begins ON visits_payrule; DROP FUNCTION pay_rule_begins();
DROP TRIGGER applies ON visits_payrule; DROP FUNCTION pay_rule_applies();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0009_messaging"),
        ("packages", "0009_nudges"),
        ("visits", "0007_confirmations"),
    ]

    operations = [
        migrations.CreateModel(
            name="PayRule",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("staff", points_to("clinic.staff")),
                ("service", points_to("clinic.service", null=True)),
                ("from_day", models.DateField(verbose_name="from")),
                ("kind", models.CharField(choices=KINDS, max_length=11, verbose_name="what is paid")),
                ("amount", money(default=Decimal(0), verbose_name="amount for a session")),
                (
                    "percent",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal(0),
                        max_digits=5,
                        validators=[MinValueValidator(0), MaxValueValidator(100)],
                        verbose_name="percent",
                    ),
                ),
                ("places", models.PositiveSmallIntegerField()),
                ("pays_free", models.BooleanField(default=True, verbose_name=FREE)),
                ("pays_absences", models.BooleanField(default=False, verbose_name=ABSENCES)),
                ("by", points_to("clinic.staff", null=True)),
                ("key", models.UUIDField()),
                ("recorded_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "key"], name="pay_rule_key_once"),
                    models.CheckConstraint(
                        name="pay_rule_of_kind",
                        condition=Q(kind="per_session", amount__gte=0, percent=0)
                        | Q(kind="percent", amount=0, percent__gt=0, percent__lte=100)
                        | Q(kind="as_usual", amount=0, percent=0, service__isnull=False),
                    ),
                ],
                "indexes": [
                    models.Index(fields=["clinic", "staff", "service", "from_day"], name="pay_rule_on")
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        migrations.CreateModel(
            name="PayLine",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("staff", points_to("clinic.staff", db_index=False)),
                ("visit", points_to("visits.visit", db_index=False)),
                ("turn", models.PositiveIntegerField()),
                ("entry", points_to("packages.entry", null=True, db_index=False)),
                ("service", points_to("clinic.service", db_index=False)),
                ("happened_on", models.DateField()),
                ("sessions", models.DecimalField(decimal_places=1, max_digits=6)),
                ("value", money()),
                ("amount", money()),
                ("is_absence", models.BooleanField()),
                ("rule", points_to("visits.payrule", null=True, db_index=False)),
                ("reverses", points_to("visits.payline", null=True, db_index=False)),
                ("recorded_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "visit", "turn"], name="pay_line_turn_once"),
                    models.UniqueConstraint(
                        fields=["clinic", "visit", "turn", "id", "staff", "sessions", "value", "amount"],
                        name="pay_line_undoable",
                    ),
                    models.CheckConstraint(name="pay_line_turn_from_1", condition=Q(turn__gte=1)),
                    models.CheckConstraint(
                        name="pay_line_sign",
                        condition=Q(reverses__isnull=True, sessions__gt=0, value__gte=0, amount__gte=0)
                        | Q(reverses__isnull=False, sessions__lt=0, value__lte=0, amount__lte=0),
                    ),
                    models.CheckConstraint(
                        name="pay_line_amount_has_rule", condition=Q(amount=0) | Q(rule__isnull=False)
                    ),
                ],
                "indexes": [
                    models.Index(fields=["clinic", "happened_on", "staff"], name="pay_line_by_day"),
                    models.Index(fields=["clinic", "staff", "happened_on"], name="pay_line_of_staff"),
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        append_only("visits_payrule"),
        append_only("visits_payline"),
        migrations.RunSQL(CHAIN, UNDO_CHAIN),
        migrations.RunSQL(RULE, UNDO_RULE),
        migrations.RunSQL(POSTING, UNDO_POSTING),
        migrations.RunSQL(EARNS, UNDO_EARNS),
        migrations.RunSQL(ANEW, UNDO_ANEW),
    ]
