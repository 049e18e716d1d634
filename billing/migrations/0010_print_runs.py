"""Many bills printed as one file, in parts that workers take."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import only_updates

STATES = [
    ("queued", "waits"),
    ("working", "is being made"),
    ("ready", "ready"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
    ("expired", "no longer kept"),
]
UNDER_WAY = Q(state__in=["queued", "working"])
PROTECT = django.db.models.deletion.PROTECT
PLAIN = {"abstract": False, "base_manager_name": "objects"}


def own_id() -> models.UUIDField:
    return models.UUIDField(
        default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False
    )


def points_to(model: str, name: str = "+", **facts: object) -> clinic.tenancy.fields.ClinicForeignKey:
    return clinic.tenancy.fields.ClinicForeignKey(on_delete=PROTECT, related_name=name, to=model, **facts)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0009_instalments"),
        ("clinic", "0005_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name="PrintRun",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                (
                    "asked",
                    models.JSONField(default=dict, help_text="what the list of bills was narrowed by"),
                ),
                (
                    "language",
                    models.CharField(blank=True, help_text="empty: each patient's own", max_length=5),
                ),
                ("paper", models.CharField(max_length=4)),
                ("total", models.PositiveIntegerField()),
                ("done", models.PositiveIntegerField(default=0)),
                ("state", models.CharField(choices=STATES, default="queued", max_length=9)),
                ("file", models.BinaryField(null=True)),
                ("last_words", models.CharField(blank=True, max_length=300)),
                (
                    "asked_at",
                    models.DateTimeField(
                        help_text="also the moment of printing: a later day makes duplicates"
                    ),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                ("by", points_to("clinic.staff", null=True)),
                ("key", models.UUIDField()),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "key"], name="print_run_key_once"),
                    models.CheckConstraint(
                        name="print_run_paper_known", condition=Q(paper__in=("a5", "a4", "roll"))
                    ),
                    models.CheckConstraint(
                        name="print_run_counts", condition=Q(total__gte=1, done__lte=F("total"))
                    ),
                    models.CheckConstraint(
                        name="print_run_ready_has_file",
                        condition=Q(state="ready", file__isnull=False, done=F("total"))
                        | ~Q(state="ready") & Q(file__isnull=True),
                    ),
                    models.CheckConstraint(
                        name="print_run_end_has_moment",
                        condition=Q(state__in=["queued", "working"], finished_at__isnull=True)
                        | ~UNDER_WAY & Q(finished_at__isnull=False),
                    ),
                ],
                "indexes": [models.Index(fields=["clinic", "asked_at"], name="print_run_by_time")],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        migrations.CreateModel(
            name="PrintPart",
            fields=[
                ("clinic", clinic.tenancy.fields.ClinicField()),
                ("id", own_id()),
                ("run", points_to("billing.printrun", "parts")),
                ("position", models.PositiveSmallIntegerField()),
                ("bills", models.JSONField(help_text="their ids, in the order of the file")),
                ("claimed_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("printed_at", models.DateTimeField(null=True)),
                ("file", models.BinaryField(null=True)),
            ],
            options={
                **PLAIN,
                "constraints": [
                    models.UniqueConstraint(fields=["clinic", "run", "position"], name="print_part_once"),
                    models.CheckConstraint(
                        name="print_part_file_was_printed",
                        condition=Q(file__isnull=True) | Q(printed_at__isnull=False),
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["clinic", "claimed_until"],
                        name="print_part_waits",
                        condition=Q(printed_at__isnull=True),
                    )
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        only_updates("billing_printrun", "done", "state", "file", "last_words", "finished_at"),
        only_updates("billing_printpart", "claimed_until", "attempts", "printed_at", "file"),
    ]
