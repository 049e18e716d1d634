"""Paying online: the account at the provider, links to pay by, what the provider told, refunds on their way."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import Q

import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import append_only, never_deleted, only_updates

HANDED_OVER = [
    ("cash", "Cash"),
    ("upi", "UPI"),
    ("card", "Card"),
    ("bank", "Bank transfer"),
    ("cheque", "Cheque"),
    ("gateway", "Paid online"),
]
METHODS = [*HANDED_OVER, ("credit", "Account credit")]
CHECKED = [
    ("", "not tested"),
    ("wanted", "being tested"),
    ("fine", "works"),
    ("refused", "the keys are refused"),
    ("silent", "no answer"),
]
LINK_STATES = [
    ("wanted", "being prepared"),
    ("failed", "could not be made"),
    ("open", "waits for the payment"),
    ("expired", "expired"),
    ("cancelled", "cancelled"),
    ("paid", "paid"),
]
REFUND_STATES = [
    ("wanted", "being asked for"),
    ("asked", "on its way"),
    ("done", "paid back"),
    ("failed", "not paid back"),
]
QUESTIONS = [
    ("currency", "Money in another currency came in. It was not recorded as a payment."),
    ("spent", "Money went back to the patient at the provider, but it pays for bills here."),
    ("dispute", "The bank asks about a payment. Answer it at the provider in time."),
    ("bounce", "The bank took money back that cannot be marked as bounced here."),
    ("won", "The bank decided for the clinic. The payment had been marked as bounced: record it again."),
]
PROTECT = django.db.models.deletion.PROTECT
MOMENT = django.db.models.functions.datetime.Now()
PLAIN = {"abstract": False, "base_manager_name": "objects"}
MANAGERS = [("objects", clinic.tenancy.models.ClinicManager())]


def own_id() -> models.UUIDField:
    return models.UUIDField(
        default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False
    )


def points_to(model: str, name: str = "+", **facts: object) -> clinic.tenancy.fields.ClinicForeignKey:
    return clinic.tenancy.fields.ClinicForeignKey(on_delete=PROTECT, related_name=name, to=model, **facts)


def amount() -> models.DecimalField:
    return models.DecimalField(decimal_places=3, max_digits=14)


def text(length: int, **facts: object) -> models.CharField:
    return models.CharField(max_length=length, **facts)


def once(name: str, *fields: str, **facts: object) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["clinic", *fields], name=name, **facts)


def index(name: str, *fields: str, **facts: object) -> models.Index:
    return models.Index(fields=["clinic", *fields], name=name, **facts)


def known(table: str, name: str, ways: list[tuple[str, str]]) -> list[migrations.operations.base.Operation]:
    """The methods that a table's rows may have."""
    condition = Q(method__in=[way for way, _label in ways])
    return [
        migrations.RemoveConstraint(table, name),
        migrations.AddConstraint(table, models.CheckConstraint(name=name, condition=condition)),
    ]


def online(table: str) -> list[migrations.operations.base.Operation]:
    """What the provider calls it is the reference, and each of its names stands here once."""
    return [
        migrations.AddConstraint(
            table, once(f"{table}_online_once", "reference", condition=Q(method="gateway"))
        ),
        migrations.AddConstraint(
            table,
            models.CheckConstraint(
                name=f"{table}_online_has_reference", condition=~Q(method="gateway") | ~Q(reference="")
            ),
        ),
    ]


# The state only goes on; a link belongs to a patient as a message does, and follows a merge (0004_merging).
LINK = """
CREATE FUNCTION payment_link_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  states constant text[] := ARRAY['wanted', 'failed', 'open', 'expired', 'cancelled', 'paid'];
BEGIN
  IF array_position(states, NEW.state::text) < array_position(states, OLD.state::text) THEN
    RAISE EXCEPTION 'payment link %: it is % and cannot become %', OLD.id, OLD.state, NEW.state
      USING ERRCODE = '23514';
  END IF;
  IF OLD.provider_id <> '' AND NEW.provider_id <> OLD.provider_id THEN
    RAISE EXCEPTION 'payment link %: the provider knows it as %', OLD.id, OLD.provider_id USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER goes_on BEFORE UPDATE ON billing_paymentlink FOR EACH ROW EXECUTE FUNCTION payment_link_goes_on();
CREATE TRIGGER follows_patient BEFORE INSERT ON billing_paymentlink
  FOR EACH ROW EXECUTE FUNCTION follows_patient();
CREATE TRIGGER keeps_patient BEFORE UPDATE OF patient_id ON billing_paymentlink
  FOR EACH ROW EXECUTE FUNCTION keeps_patient();
"""
UNDO_LINK = """
DROP TRIGGER keeps_patient ON billing_paymentlink; DROP TRIGGER follows_patient ON billing_paymentlink;
DROP TRIGGER goes_on ON billing_paymentlink; DROP FUNCTION payment_link_goes_on();
"""

WORK = ("state", "attempts", "due_at", "last_words", "provider_id")


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_papers"),
        ("clinic", "0005_policies"),
        ("packages", "0008_held_on"),
        ("visits", "0006_series_and_closures"),
    ]

    operations = [
        migrations.AlterField("payment", "method", text(8, choices=METHODS)),
        migrations.AlterField("refund", "method", text(8, choices=METHODS)),
        *known("payment", "payment_method_known", METHODS),
        *known("refund", "refund_method_handed_over", HANDED_OVER),
        *online("payment"),
        *online("refund"),
        migrations.CreateModel(
            name="GatewayAccount",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("key_id", text(60, verbose_name="key id")),
                ("key_secret", models.BinaryField()),
                ("webhook_secret", models.BinaryField()),
                ("is_on", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField(db_default=MOMENT)),
                ("checked", text(8, choices=CHECKED, blank=True, default="")),
                ("checked_at", models.DateTimeField(null=True)),
            ],
            options={
                **PLAIN,
                "constraints": [
                    once("gateway_account_once"),
                    models.CheckConstraint(name="gateway_account_has_key", condition=~Q(key_id="")),
                ],
            },
            managers=MANAGERS,
        ),
        migrations.CreateModel(
            name="PaymentLink",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("patient", points_to("clinic.patient")),
                ("branch", points_to("clinic.branch")),
                ("amount", amount()),
                ("currency", text(3)),
                ("state", text(9, choices=LINK_STATES, default="wanted")),
                ("provider_id", text(40, blank=True)),
                ("short_url", models.URLField(blank=True)),
                ("cancel_wanted_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(db_default=MOMENT, null=True)),
                ("last_words", text(300, blank=True)),
                ("created_at", models.DateTimeField(db_default=MOMENT)),
                ("expires_at", models.DateTimeField()),
                ("by", points_to("clinic.staff", null=True)),
                ("key", models.UUIDField()),
            ],
            options={
                **PLAIN,
                "constraints": [
                    once("payment_link_key_once", "key"),
                    once("payment_link_provider_once", "provider_id", condition=~Q(provider_id="")),
                    models.CheckConstraint(name="payment_link_positive", condition=Q(amount__gt=0)),
                    models.CheckConstraint(
                        name="payment_link_open_has_address", condition=~Q(state="open") | ~Q(provider_id="")
                    ),
                ],
                "indexes": [
                    index("payment_link_of_patient", "patient", "created_at"),
                    index("payment_link_by_time", "created_at"),
                    index("payment_link_due", "due_at", condition=Q(due_at__isnull=False)),
                ],
            },
            managers=MANAGERS,
        ),
        migrations.CreateModel(
            name="PaymentLinkLine",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("link", points_to("billing.paymentlink", "lines")),
                ("line", points_to("billing.billline")),
                ("position", models.PositiveSmallIntegerField()),
                ("owed", amount()),
            ],
            options={
                **PLAIN,
                "constraints": [
                    once("payment_link_line_once", "link", "line"),
                    models.CheckConstraint(name="payment_link_line_owed", condition=Q(owed__gt=0)),
                ],
            },
            managers=MANAGERS,
        ),
        migrations.CreateModel(
            name="GatewayEvent",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("event_id", text(120)),
                ("kind", text(60)),
                ("body", models.TextField()),
                ("reference", text(40, blank=True, help_text="of our own link")),
                ("link_id", text(40, blank=True, help_text="the provider's name of the link")),
                ("payment_id", text(40, blank=True, help_text="the provider's name of the payment")),
                ("received_at", models.DateTimeField(db_default=MOMENT)),
            ],
            options={
                **PLAIN,
                "constraints": [once("gateway_event_once", "event_id")],
                "indexes": [
                    index("gateway_event_link", "link_id", condition=~Q(link_id="")),
                    index("gateway_event_payment", "payment_id", condition=~Q(payment_id="")),
                    index("gateway_event_reference", "reference", condition=~Q(reference="")),
                ],
            },
            managers=MANAGERS,
        ),
        migrations.CreateModel(
            name="GatewayRefund",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("payment", points_to("billing.payment")),
                ("amount", amount()),
                ("currency", text(3)),
                ("reason", text(300)),
                ("state", text(6, choices=REFUND_STATES, default="wanted")),
                ("provider_id", text(40, blank=True)),
                ("refund", points_to("billing.refund", null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(db_default=MOMENT, null=True)),
                ("last_words", text(300, blank=True)),
                ("created_at", models.DateTimeField(db_default=MOMENT)),
                ("by", points_to("clinic.staff", null=True)),
                ("key", models.UUIDField()),
            ],
            options={
                **PLAIN,
                "constraints": [
                    once("gateway_refund_key_once", "key"),
                    once("gateway_refund_provider_once", "provider_id", condition=~Q(provider_id="")),
                    models.CheckConstraint(name="gateway_refund_positive", condition=Q(amount__gt=0)),
                    models.CheckConstraint(name="gateway_refund_has_reason", condition=~Q(reason="")),
                    models.CheckConstraint(
                        name="gateway_refund_done_has_refund",
                        condition=Q(state="done", refund__isnull=False)
                        | ~Q(state="done") & Q(refund__isnull=True),
                    ),
                ],
                "indexes": [
                    index("gateway_refund_due", "due_at", condition=Q(due_at__isnull=False)),
                    index("gateway_refund_waiting", "payment", condition=Q(state__in=["wanted", "asked"])),
                ],
            },
            managers=MANAGERS,
        ),
        migrations.CreateModel(
            name="GatewayQuestion",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("event", points_to("billing.gatewayevent")),
                ("kind", text(8, choices=QUESTIONS)),
                ("link", points_to("billing.paymentlink", null=True)),
                ("facts", models.JSONField(default=dict)),
                ("asked_at", models.DateTimeField(db_default=MOMENT)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", points_to("clinic.staff", null=True)),
                ("answer", text(300, blank=True)),
            ],
            options={
                **PLAIN,
                "constraints": [
                    once("gateway_question_once", "event", "kind"),
                    models.CheckConstraint(
                        name="gateway_question_answer",
                        condition=Q(answered_at__isnull=True, answer="")
                        | Q(answered_at__isnull=False) & ~Q(answer=""),
                    ),
                ],
                "indexes": [
                    index("gateway_question_open", "asked_at", condition=Q(answered_at__isnull=True)),
                ],
            },
            managers=MANAGERS,
        ),
        never_deleted("billing_gatewayaccount"),
        never_deleted("billing_paymentlink"),
        append_only("billing_paymentlinkline"),
        append_only("billing_gatewayevent"),
        never_deleted("billing_gatewayrefund"),
        never_deleted("billing_gatewayquestion"),
        only_updates("billing_paymentlink", *WORK, "short_url", "cancel_wanted_at", "patient_id"),
        only_updates("billing_gatewayrefund", *WORK, "refund_id"),
        only_updates("billing_gatewayquestion", "answered_at", "answered_by_id", "answer"),
        migrations.RunSQL(LINK, UNDO_LINK),
    ]
