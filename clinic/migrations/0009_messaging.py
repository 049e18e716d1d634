"""Messages by several channels: attempts, reports, replies, consent, how a clinic sends, its own words."""

import datetime

import django.db.models.deletion
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

import clinic.models.messaging
import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import append_only, never_deleted, only_updates

CHANNELS = [("email", "E-mail"), ("whatsapp", "WhatsApp"), ("sms", "SMS"), ("by_hand", "By hand")]
STATES = ["queued", "sending", "sent", "delivered", "read", "failed", "cancelled"]
SOURCES = [
    ("desk", "said at the front desk"),
    ("link", "by the personal link"),
    ("word", "by a reply"),
    ("register", "from the imported register"),
    ("merged", "from a merged record"),
    ("before", "before this was written down"),
]
CHECKED = [
    ("", "not tested"),
    ("fine", "works"),
    ("refused", "the keys are refused"),
    ("silent", "no answer"),
]
OUTCOMES = [("sent", "sent"), ("later", "not sent, tried again"), ("refused", "refused")]
TOLD = ("state", "attempts", "attempt", "not_before", "last_words", "sent_at", "channel", "address", "route")
TOLD += ("provider_id", "delivered_at", "read_at", "patient_id")
# What was agreed before is known by its day alone.
KEEP_CONSENTS = """
INSERT INTO clinic_consent (clinic_id, id, patient_id, given, source, words, at)
SELECT clinic_id, gen_random_uuid(), id, true, 'before', '', coalesce(may_message_since, created_at)
  FROM clinic_patient WHERE may_message;
"""
FOLLOW = """
CREATE TRIGGER keeps_patient BEFORE UPDATE OF patient_id ON clinic_reply
  FOR EACH ROW EXECUTE FUNCTION keeps_patient();
"""


def points_to(model: str, **facts: object) -> clinic.tenancy.fields.ClinicForeignKey:
    facts = {"related_name": "+", "on_delete": django.db.models.deletion.PROTECT} | facts
    return clinic.tenancy.fields.ClinicForeignKey(to=f"clinic.{model}", **facts)


def created(name: str, fields: list[tuple[str, models.Field]], **options: object) -> migrations.CreateModel:
    own_id = models.UUIDField(
        default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False
    )
    return migrations.CreateModel(
        name,
        fields=[("id", own_id), ("clinic", clinic.tenancy.fields.ClinicField()), *fields],
        options={"abstract": False, "base_manager_name": "objects"} | options,
        managers=[("objects", clinic.tenancy.models.ClinicManager())],
    )


def channel() -> models.CharField:
    return models.CharField(choices=CHANNELS, max_length=12)


def facts_are_an_object(column: str, name: str) -> models.CheckConstraint:
    return clinic.models.messaging.facts_are_an_object(column, name=name)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0008_prefixes_move")]

    operations = [
        migrations.AddField(
            "patientlink", "is_derived", models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddField(
            "patient",
            "channels",
            ArrayField(
                models.CharField(max_length=12),
                blank=True,
                db_default=[],
                default=list,
                help_text="Empty: as the clinic does.",
                size=None,
                verbose_name="channels, in this order",
            ),
        ),
        migrations.AlterField("message", "channel", channel()),
        migrations.AlterField(
            "message",
            "state",
            models.CharField(choices=[(each, each) for each in STATES], default="queued", max_length=12),
        ),
        migrations.AddField("message", "kind", models.CharField(blank=True, db_default="", max_length=40)),
        migrations.AddField("message", "language", models.CharField(blank=True, db_default="", max_length=5)),
        migrations.AddField(
            "message", "route", ArrayField(channel(), blank=True, db_default=[], default=list, size=None)
        ),
        migrations.AddField(
            "message",
            "fields",
            models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField("message", "is_asked", models.BooleanField(db_default=False, default=False)),
        migrations.AddField(
            "message",
            "attempt",
            models.UUIDField(help_text="the attempt that has it, or had it last", null=True),
        ),
        migrations.AddField(
            "message", "provider_id", models.CharField(blank=True, db_default="", max_length=120)
        ),
        migrations.AddField("message", "good_until", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("message", "delivered_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("message", "read_at", models.DateTimeField(blank=True, null=True)),
        migrations.RemoveConstraint("message", "message_sent_has_moment"),
        migrations.AddConstraint(
            "message",
            models.CheckConstraint(
                name="message_sent_has_moment",
                condition=~Q(state__in=["sent", "delivered", "read"]) | Q(sent_at__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "message", models.Index(fields=["clinic", "patient", "created_at"], name="message_of_patient")
        ),
        migrations.AddIndex("message", models.Index(fields=["clinic", "created_at"], name="message_latest")),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["clinic", "provider_id"], name="message_at_provider", condition=~Q(provider_id="")
            ),
        ),
        created(
            "MessageAttempt",
            [
                ("message", points_to("message", related_name="tries")),
                ("channel", channel()),
                ("address", models.CharField(max_length=254)),
                ("began_at", models.DateTimeField(db_default=Now())),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, choices=OUTCOMES, max_length=8)),
                ("provider_id", models.CharField(blank=True, max_length=120)),
                ("words", models.CharField(blank=True, max_length=300)),
            ],
            indexes=[models.Index(fields=["clinic", "message", "began_at"], name="attempt_of_message")],
        ),
        created(
            "MessageReport",
            [
                ("provider_id", models.CharField(max_length=120)),
                ("about", models.CharField(blank=True, max_length=40)),
                ("status", models.CharField(max_length=20)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("happened_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField(db_default=Now())),
            ],
            constraints=[
                models.UniqueConstraint(
                    fields=["clinic", "provider_id", "status"], name="message_report_once"
                )
            ],
            indexes=[models.Index(fields=["clinic", "about"], name="report_about", condition=~Q(about=""))],
        ),
        created(
            "Reply",
            [
                ("patient", points_to("patient", null=True, blank=True, related_name="replies")),
                ("channel", channel()),
                ("sender", models.CharField(max_length=254)),
                ("words", models.TextField(max_length=4000)),
                ("provider_id", models.CharField(max_length=120)),
                ("received_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
                ("seen_by", points_to("staff", null=True)),
            ],
            constraints=[models.UniqueConstraint(fields=["clinic", "provider_id"], name="reply_once")],
            indexes=[models.Index(fields=["clinic", "received_at"], name="reply_latest")],
        ),
        created(
            "Consent",
            [
                ("patient", points_to("patient", related_name="consents")),
                ("given", models.BooleanField()),
                ("source", models.CharField(choices=SOURCES, max_length=10)),
                ("words", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                ("by", points_to("staff", null=True, blank=True)),
            ],
            indexes=[models.Index(fields=["clinic", "patient", "at"], name="consent_of_patient")],
        ),
        created(
            "MessageSettings",
            [
                (
                    "channels",
                    ArrayField(
                        channel(),
                        default=clinic.models.messaging.usual_channels,
                        size=None,
                        verbose_name="channels, in this order",
                    ),
                ),
                ("quiet_from", models.TimeField(default=datetime.time(21), verbose_name="no messages from")),
                ("quiet_until", models.TimeField(default=datetime.time(8), verbose_name="no messages until")),
                (
                    "daily_cap",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="0: as many as there are. What somebody sends by pressing Send is not held up.",
                        validators=[MaxValueValidator(50)],
                        verbose_name="messages a patient may get in a day",
                    ),
                ),
                (
                    "nudge_hour",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[MinValueValidator(0), MaxValueValidator(23)],
                        verbose_name="hour for reminders",
                    ),
                ),
                ("rules", models.JSONField(default=dict)),
            ],
            constraints=[
                models.UniqueConstraint(fields=["clinic"], name="message_settings_once"),
                models.CheckConstraint(name="message_settings_hour", condition=Q(nudge_hour__lte=23)),
                facts_are_an_object("rules", "message_settings_rules"),
            ],
        ),
        created(
            "ChannelAccount",
            [
                ("channel", channel()),
                ("is_on", models.BooleanField(default=True)),
                ("facts", models.JSONField(default=dict)),
                ("secrets", models.BinaryField(null=True)),
                ("changed_at", models.DateTimeField(db_default=Now())),
                ("checked", models.CharField(blank=True, choices=CHECKED, default="", max_length=8)),
                ("checked_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("paused_until", models.DateTimeField(null=True)),
                ("last_words", models.CharField(blank=True, max_length=300)),
            ],
            constraints=[
                models.UniqueConstraint(fields=["clinic", "channel"], name="channel_account_once"),
                facts_are_an_object("facts", "channel_account_facts"),
            ],
        ),
        created(
            "Wording",
            [
                ("kind", models.CharField(max_length=40)),
                ("language", models.CharField(max_length=5)),
                ("subject", models.CharField(blank=True, max_length=150)),
                ("body", models.TextField(max_length=2000)),
                ("template", models.CharField(blank=True, max_length=100)),
                ("changed_at", models.DateTimeField(db_default=Now())),
                ("by", points_to("staff", null=True)),
            ],
            constraints=[models.UniqueConstraint(fields=["clinic", "kind", "language"], name="wording_once")],
        ),
        migrations.RunSQL(KEEP_CONSENTS, migrations.RunSQL.noop),
        only_updates("clinic_message", *TOLD),
        only_updates("clinic_messageattempt", "ended_at", "outcome", "provider_id", "words"),
        never_deleted("clinic_messageattempt"),
        append_only("clinic_messagereport"),
        append_only("clinic_consent"),
        only_updates("clinic_reply", "seen_at", "seen_by_id", "patient_id"),
        never_deleted("clinic_reply"),
        migrations.RunSQL(FOLLOW, "DROP TRIGGER keeps_patient ON clinic_reply;"),
    ]
