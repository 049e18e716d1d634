"""Letters to those who work here: an outbox of their own, and whether the owner gets one each month."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import never_deleted, only_updates

STATES = [(each, each) for each in ("queued", "sending", "sent", "failed", "cancelled")]
TOLD = ("state", "attempts", "address", "last_words", "not_before", "sent_at")


class Migration(migrations.Migration):
    dependencies = [("clinic", "0009_messaging")]

    operations = [
        migrations.AddField(
            "clinicsettings",
            "mails_monthly",
            models.BooleanField(
                db_default=True,
                default=True,
                help_text="Early in the month, to every owner, with what changed since the month before.",
                verbose_name="each month, e-mail the owner what is owed in care",
            ),
        ),
        migrations.CreateModel(
            "StaffLetter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("clinic", clinic.tenancy.fields.ClinicField()),
                (
                    "staff",
                    clinic.tenancy.fields.ClinicForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="clinic.staff",
                    ),
                ),
                ("occasion", models.CharField(max_length=120)),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                (
                    "enclosure",
                    models.CharField(
                        blank=True, help_text="kind:id of a paper made when it is sent", max_length=60
                    ),
                ),
                (
                    "address",
                    models.CharField(blank=True, db_default="", help_text="where it went", max_length=254),
                ),
                ("state", models.CharField(choices=STATES, default="queued", max_length=10)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_words", models.CharField(blank=True, db_default="", max_length=300)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("not_before", models.DateTimeField(db_default=Now())),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "occasion"], name="staff_letter_once"),
                    models.CheckConstraint(
                        name="staff_letter_sent_has_moment",
                        condition=~Q(state="sent") | Q(sent_at__isnull=False),
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["clinic", "not_before"],
                        name="staff_letter_open",
                        condition=Q(state__in=["queued", "sending"]),
                    ),
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        only_updates("clinic_staffletter", *TOLD),
        never_deleted("clinic_staffletter"),
    ]
