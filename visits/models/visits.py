from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Patient, Service, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicManager, ClinicModel
from packages.models import Entry, Package

from .series import Series

# The states of a visit that did not take place.
ABSENT = frozenset({"no_show", "cancelled_by_patient", "cancelled_by_clinic"})


class VisitQuerySet(models.QuerySet["Visit"]):
    def between(self, start: datetime, end: datetime) -> VisitQuerySet:
        """Visits that start in the half-open range: a local day as two moments, so that the index serves."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def open(self) -> VisitQuerySet:
        return self.filter(state__in=Visit.OPEN)


class VisitManager(ClinicManager.from_queryset(VisitQuerySet)):  # type: ignore[misc]
    """Named, so that migrations can refer to it."""


class Visit(ClinicModel):
    """An appointment and what became of it. Never deleted; a completed one is reopened by reversal only."""

    class State(models.TextChoices):
        BOOKED = "booked", _("booked")
        CHECKED_IN = "checked_in", _("arrived")
        COMPLETED = "completed", _("completed")
        NO_SHOW = "no_show", _("did not come")
        CANCELLED_BY_PATIENT = "cancelled_by_patient", _("cancelled by patient")
        CANCELLED_BY_CLINIC = "cancelled_by_clinic", _("cancelled by clinic")

    class Settlement(models.TextChoices):
        """How a completed visit was settled: a finished visit is never silently nothing (law 2)."""

        PACKAGE = "package", _("from a package")
        CHARGE = "charge", _("paid singly")
        FREE = "free", _("free of charge")
        BEFORE = "before", _("counted in the opening balance")

    class Consequence(models.TextChoices):
        """What a visit that did not take place came to, by the terms of the package it would have used (law 2)."""

        NO_PACKAGE = "no_package", _("no package covered it: nothing is taken")
        BY_CLINIC = "by_clinic", _("cancelled by the clinic: never counts")
        IN_TIME = "in_time", _("cancelled in time: nothing is taken")
        NOTHING = "nothing", _("nothing is taken, by the terms")
        FREE_PASS = "free_pass", _("the free pass was used")
        SESSIONS = "sessions", _("taken from the package")
        FEE = "fee", _("a fee is charged")
        WAIVED = "waived", _("let off")

    class ConfirmedVia(models.TextChoices):
        """How a patient said that the visit's time stands."""

        LINK = "link", _("by the personal link")
        DESK = "desk", _("said at the front desk")

    OPEN = frozenset({State.BOOKED, State.CHECKED_IN})
    CANCELLED = frozenset({State.CANCELLED_BY_PATIENT, State.CANCELLED_BY_CLINIC})

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="visits")
    service = ClinicForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    therapist = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=22, choices=State.choices, default=State.BOOKED)
    package = ClinicForeignKey(Package, on_delete=models.PROTECT, null=True, related_name="+")
    entry = ClinicForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    settlement = models.CharField(max_length=10, choices=Settlement.choices, blank=True)
    consequence = models.CharField(max_length=10, choices=Consequence.choices, blank=True)
    charge = models.DecimalField(
        max_digits=14,
        decimal_places=3,
        default=Decimal(0),
        help_text="asked for beside the session, or the fee of a visit that did not take place",
    )
    ended_at = models.DateTimeField(null=True, help_text="when a visit was cancelled or marked as not come")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    note = models.CharField(_("note for the desk"), max_length=300, blank=True)
    confirmed_at = models.DateTimeField(null=True, help_text="the patient said that this time stands")
    confirmed_via = models.CharField(
        max_length=6, choices=ConfirmedVia.choices, blank=True, db_default="", default=""
    )
    move_wish = models.CharField(
        _("wishes another time"), max_length=300, blank=True, db_default="", default=""
    )
    completions = models.PositiveIntegerField(default=0)
    completed_at = models.DateTimeField(null=True)
    completed_by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    arrived_at = models.DateTimeField(null=True)
    series = ClinicForeignKey(Series, on_delete=models.PROTECT, null=True, related_name="visits")
    booked_by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[Any] = VisitManager()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="visit_key_once"),
            models.CheckConstraint(
                name="visit_completed_is_settled",
                condition=Q(state="completed", completed_at__isnull=False) & ~Q(settlement="")
                | ~Q(state="completed") & Q(settlement="", completed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="visit_package_has_entry",
                condition=~Q(settlement="package") | Q(entry__isnull=False, package__isnull=False),
            ),
            models.CheckConstraint(
                name="visit_free_has_reason", condition=~Q(settlement="free") | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="visit_absence_has_consequence",
                condition=Q(
                    state__in=["no_show", "cancelled_by_patient", "cancelled_by_clinic"],
                    ended_at__isnull=False,
                )
                & ~Q(consequence="")
                | ~Q(state__in=["no_show", "cancelled_by_patient", "cancelled_by_clinic"])
                & Q(consequence="", ended_at__isnull=True),
            ),
            # A fee or a session, never both (S49); and money beside a session only for a visit that took place.
            models.CheckConstraint(
                name="visit_charge_of_state",
                condition=Q(charge=0)
                | Q(charge__gt=0, settlement="package")
                | Q(charge__gt=0, consequence="fee", entry__isnull=True),
            ),
            models.CheckConstraint(
                name="visit_entry_of_consequence",
                condition=Q(consequence="")
                | Q(consequence__in=["free_pass", "sessions"], entry__isnull=False)
                | ~Q(consequence__in=["free_pass", "sessions"]) & Q(entry__isnull=True),
            ),
            models.CheckConstraint(name="visit_minutes_positive", condition=Q(minutes__gt=0)),
            models.CheckConstraint(
                name="visit_confirmed_has_way",
                condition=Q(confirmed_at__isnull=True, confirmed_via="")
                | Q(confirmed_at__isnull=False, confirmed_via__in=["link", "desk"]),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "starts_at"], name="visit_by_time"),
            models.Index(fields=["clinic", "patient", "starts_at"], name="visit_of_patient"),
            models.Index(fields=["clinic", "therapist", "starts_at"], name="visit_of_therapist"),
            models.Index(
                fields=["clinic", "completed_at"], name="visit_free", condition=Q(settlement="free")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN
