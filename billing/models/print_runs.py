from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from ..papers import PAPERS


class PrintRun(ClinicModel):
    """Many bills as one file: on which paper, how far it has come. The file goes after a day, the row stays."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waits")
        WORKING = "working", _("is being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("no longer kept")

    UNDER_WAY = frozenset({State.QUEUED, State.WORKING})
    STOPPED = frozenset({State.FAILED, State.CANCELLED})

    asked = models.JSONField(default=dict, help_text="what the list of bills was narrowed by")
    language = models.CharField(max_length=5, blank=True, help_text="empty: each patient's own")
    paper = models.CharField(max_length=4)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    file = models.BinaryField(null=True)
    last_words = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(help_text="also the moment of printing: a later day makes duplicates")
    finished_at = models.DateTimeField(null=True)
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="print_run_key_once"),
            models.CheckConstraint(name="print_run_paper_known", condition=Q(paper__in=PAPERS)),
            models.CheckConstraint(
                name="print_run_counts", condition=Q(total__gte=1, done__lte=models.F("total"))
            ),
            models.CheckConstraint(
                name="print_run_ready_has_file",
                condition=Q(state="ready", file__isnull=False, done=models.F("total"))
                | ~Q(state="ready") & Q(file__isnull=True),
            ),
            models.CheckConstraint(
                name="print_run_end_has_moment",
                condition=Q(state__in=["queued", "working"], finished_at__isnull=True)
                | ~Q(state__in=["queued", "working"]) & Q(finished_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "asked_at"], name="print_run_by_time")]

    def __str__(self) -> str:
        return f"{self.total} {self.paper}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def is_stopped(self) -> bool:
        return self.state in self.STOPPED


class PrintPart(ClinicModel):
    """A few dozen bills of a run, printed by one worker; `file` is kept until the whole is put together."""

    run = ClinicForeignKey(PrintRun, on_delete=models.PROTECT, related_name="parts")
    position = models.PositiveSmallIntegerField()
    bills = models.JSONField(help_text="their ids, in the order of the file")
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    printed_at = models.DateTimeField(null=True)
    file = models.BinaryField(null=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "run", "position"], name="print_part_once"),
            models.CheckConstraint(
                name="print_part_file_was_printed",
                condition=Q(file__isnull=True) | Q(printed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "claimed_until"],
                name="print_part_waits",
                condition=Q(printed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return str(self.position)
