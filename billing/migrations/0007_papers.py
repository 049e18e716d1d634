"""Series by kind and branch with a format of their own, goods, tax on top, receipts for money, codes to check a paper."""

import re
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import append_only, never_deleted

KINDS = [
    ("bill", "Bill of supply"),
    ("invoice", "Tax invoice"),
    ("receipt", "Visit receipt"),
    ("credit_note", "Credit note"),
    ("correction", "Correction note"),
    ("received", "Money receipt"),
    ("refund_note", "Refund note"),
]
FORMAT = "{prefix}/{fy}/{n:06}"
PROTECT = django.db.models.deletion.PROTECT
PLAIN = {"abstract": False, "base_manager_name": "objects"}
MANAGERS = [("objects", clinic.tenancy.models.ClinicManager())]
AMOUNT = {"decimal_places": 3, "max_digits": 14}
PERCENT = [
    django.core.validators.MinValueValidator(0),
    django.core.validators.MaxValueValidator(100),
]


def own_id() -> models.UUIDField:
    return models.UUIDField(
        default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False
    )


def points_to(model: str, name: str = "+", **facts: object) -> clinic.tenancy.fields.ClinicForeignKey:
    return clinic.tenancy.fields.ClinicForeignKey(on_delete=PROTECT, related_name=name, to=model, **facts)


# As in 0002_guards, and the name is written by the format of the bill.
NUMBER = """
CREATE OR REPLACE FUNCTION bill_takes_number() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  zone text;
  land text;
  first_month integer;
  day date;
  last_at timestamptz;
BEGIN
  SELECT c.time_zone, c.country, s.financial_year_starts INTO STRICT zone, land, first_month
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
  NEW.name := bill_name(NEW.format, NEW.prefix, NEW.financial_year, NEW.number);
  -- Rule 46(b) of the Indian CGST Rules: at most sixteen characters, of letters, figures, hyphen and slash.
  IF land = 'IN' AND NEW.name !~ '^[A-Za-z0-9/-]{1,16}$' THEN
    RAISE EXCEPTION 'a bill cannot be called %: at most 16 letters, figures, hyphens and slashes', NEW.name
      USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
"""

NAME = r"""
-- {prefix}, {fy} (26-27, or 26 where the year is the calendar's) and {n}, with so many figures: {n:06}
CREATE FUNCTION bill_name(pattern text, prefix text, year date, number integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT replace(replace(
           regexp_replace(pattern, '\{n(:0[1-9])?\}',
             lpad(number::text, greatest(coalesce(substring(pattern FROM '\{n:0([1-9])\}')::integer, 1),
                                         length(number::text)), '0')),
           '{fy}', to_char(year, 'YY') || CASE WHEN extract(month FROM year) = 1 THEN ''
             ELSE '-' || to_char(year + interval '1 year', 'YY') END),
         '{prefix}', prefix)
$$;
"""


def former_number() -> str:
    """The function as 0002_guards made it."""
    from importlib import import_module

    number = import_module("billing.migrations.0002_guards").NUMBER
    made = re.search(r"CREATE FUNCTION bill_takes_number\(\).*?\$\$;", number, re.DOTALL)
    assert made
    return made.group().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


# The four prefixes that a clinic had chosen go on.
KEEP_PREFIXES = """
INSERT INTO billing_numbering (clinic_id, id, kind, branch_id, prefix, format)
SELECT s.clinic_id, gen_random_uuid(), chosen.kind, NULL, chosen.prefix, '{prefix}/{fy}/{n:06}'
  FROM clinic_clinicsettings s CROSS JOIN LATERAL (VALUES
    ('bill', s.bill_prefix, 'B'), ('receipt', s.receipt_prefix, 'R'),
    ('credit_note', s.credit_note_prefix, 'CN'), ('correction', s.correction_prefix, 'C')
  ) AS chosen (kind, prefix, usual)
 WHERE chosen.prefix <> chosen.usual;
"""
GIVE_BACK_PREFIXES = """
UPDATE clinic_clinicsettings s SET
  bill_prefix = coalesce((SELECT prefix FROM billing_numbering n
    WHERE n.clinic_id = s.clinic_id AND n.kind = 'bill' AND n.branch_id IS NULL), 'B'),
  receipt_prefix = coalesce((SELECT prefix FROM billing_numbering n
    WHERE n.clinic_id = s.clinic_id AND n.kind = 'receipt' AND n.branch_id IS NULL), 'R'),
  credit_note_prefix = coalesce((SELECT prefix FROM billing_numbering n
    WHERE n.clinic_id = s.clinic_id AND n.kind = 'credit_note' AND n.branch_id IS NULL), 'CN'),
  correction_prefix = coalesce((SELECT prefix FROM billing_numbering n
    WHERE n.clinic_id = s.clinic_id AND n.kind = 'correction' AND n.branch_id IS NULL), 'C');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0006_memberships_follow"),
        ("clinic", "0007_taxes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Good",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "price",
                    models.DecimalField(
                        **AMOUNT,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price",
                    ),
                ),
                (
                    "tax_percent",
                    models.DecimalField(
                        decimal_places=3,
                        default=0,
                        max_digits=6,
                        validators=PERCENT,
                        verbose_name="tax in percent",
                    ),
                ),
                (
                    "tax_is_added",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise the price includes it.",
                        verbose_name="tax comes on top of the price",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        blank=True, help_text="HSN or item code", max_length=20, verbose_name="code on bills"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on sale")),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "name"], name="good_name_once"),
                    models.CheckConstraint(name="good_price_not_negative", condition=Q(price__gte=0)),
                ],
            },
            managers=MANAGERS,
        ),
        migrations.CreateModel(
            name="Numbering",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("branch", points_to("clinic.branch", null=True)),
                (
                    "prefix",
                    models.CharField(
                        blank=True,
                        max_length=6,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Za-z0-9]+$", "Letters and figures only."
                            )
                        ],
                        verbose_name="prefix",
                    ),
                ),
                ("format", models.CharField(default=FORMAT, max_length=40, verbose_name="format")),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(
                        fields=["clinic", "kind"], name="numbering_once", condition=Q(branch__isnull=True)
                    ),
                    models.UniqueConstraint(
                        fields=["clinic", "kind", "branch"],
                        name="numbering_of_branch_once",
                        condition=Q(branch__isnull=False),
                    ),
                    models.UniqueConstraint(
                        fields=["clinic", "prefix"],
                        name="numbering_prefix_once",
                        condition=~Q(prefix=""),
                    ),
                    models.CheckConstraint(
                        name="numbering_prefix_plain",
                        condition=Q(prefix__regex=r"^[A-Za-z0-9]+$") | Q(prefix="", branch__isnull=False),
                    ),
                    models.CheckConstraint(
                        name="numbering_format_tells_apart",
                        condition=Q(format__contains="{prefix}")
                        & Q(format__contains="{fy}")
                        & Q(format__regex=r"\{n(:0[1-9])?\}"),
                    ),
                ],
            },
            managers=MANAGERS,
        ),
        never_deleted("billing_good"),
        migrations.RunSQL(KEEP_PREFIXES, GIVE_BACK_PREFIXES),
        migrations.AlterField("numberseries", "prefix", models.CharField(max_length=6)),
        migrations.AlterField("bill", "prefix", models.CharField(max_length=6)),
        migrations.AlterField("bill", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.AddField(
            "bill", "format", models.CharField(db_default=FORMAT, default=FORMAT, max_length=40)
        ),
        # Bills of before have none: one of their own for each would be a change to what was issued.
        migrations.AddField("bill", "seal", models.CharField(db_default="", default="", max_length=24)),
        migrations.AlterField(
            "bill",
            "seal",
            models.CharField(db_default="", default=clinic.tenancy.ids.unguessable, max_length=24),
        ),
        migrations.AddConstraint(
            "bill",
            models.UniqueConstraint(fields=["clinic", "seal"], name="bill_seal_once", condition=~Q(seal="")),
        ),
        migrations.AddConstraint(
            "bill",
            models.CheckConstraint(
                name="bill_kind_known", condition=Q(kind__in=[kind for kind, _label in KINDS])
            ),
        ),
        migrations.RemoveConstraint("bill", "bill_total_of_kind"),
        migrations.AddConstraint(
            "bill",
            models.CheckConstraint(
                name="bill_total_of_kind",
                condition=Q(kind__in=["bill", "invoice", "receipt"], total__gte=0)
                | Q(kind="credit_note", total__lte=0)
                | Q(kind__in=["correction", "received", "refund_note"], total=0),
            ),
        ),
        migrations.RemoveConstraint("bill", "bill_note_names_its_bill"),
        migrations.AddConstraint(
            "bill",
            models.CheckConstraint(
                name="bill_note_names_its_bill",
                condition=Q(kind__in=["credit_note", "correction"], corrects__isnull=False) & ~Q(reason="")
                | ~Q(kind__in=["credit_note", "correction"]) & Q(corrects__isnull=True),
            ),
        ),
        migrations.AddField("billline", "good", points_to("billing.good", null=True)),
        migrations.AddField(
            "billline",
            "discount_reason",
            models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField("billline", "tax_is_added", models.BooleanField(db_default=False, default=False)),
        migrations.AlterField(
            "billline",
            "tax_percent",
            models.DecimalField(decimal_places=3, default=Decimal(0), max_digits=6),
        ),
        migrations.AddConstraint(
            "billline",
            models.CheckConstraint(
                name="bill_line_adds_up",
                condition=Q(tax_is_added=False, amount=F("quantity") * F("unit_price") - F("discount"))
                | Q(tax_is_added=True, amount=F("quantity") * F("unit_price") - F("discount") + F("tax")),
            ),
        ),
        migrations.AddConstraint(
            "billline",
            models.CheckConstraint(
                name="bill_line_discount_fits", condition=Q(discount__gte=0) | Q(credits__isnull=False)
            ),
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("receipt", points_to("billing.bill", "acknowledges")),
                ("payment", points_to("billing.payment", "acknowledged")),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "payment"], name="payment_acknowledged_once")
                ],
            },
            managers=MANAGERS,
        ),
        append_only("billing_acknowledgement"),
        migrations.RunSQL(NAME, "DROP FUNCTION bill_name(text, text, date, integer);"),
        migrations.RunSQL(NUMBER, former_number()),
    ]
