from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Patient, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .packages import SESSIONS, Package, PackageLine
from .terms import AMOUNT


class Kind(models.TextChoices):
    SOLD = "sold", _("Sold")
    OPENING = "opening", _("Opening balance")
    BONUS = "bonus", _("Bonus")
    USED = "used", _("Used")
    USED_PARTLY = "used_partly", _("Used in part")
    NO_SHOW = "no_show", _("Did not come")
    LATE_CANCEL = "late_cancel", _("Cancelled late")
    SET_ASIDE = "set_aside", _("Set aside")
    REVERSED = "reversed", _("Given back")
    EXPIRED = "expired", _("Lapsed")
    REINSTATED = "reinstated", _("Reinstated")
    REFUNDED = "refunded", _("Refunded")
    TRANSFERRED_OUT = "transferred_out", _("Transferred out")
    TRANSFERRED_IN = "transferred_in", _("Transferred in")
    ADJUSTED = "adjusted", _("Adjusted")


ADDS = frozenset({Kind.SOLD, Kind.BONUS, Kind.REVERSED, Kind.REINSTATED, Kind.TRANSFERRED_IN})
TAKES = frozenset(
    {
        Kind.USED,
        Kind.USED_PARTLY,
        Kind.NO_SHOW,
        Kind.LATE_CANCEL,
        Kind.SET_ASIDE,
        Kind.EXPIRED,
        Kind.REFUNDED,
        Kind.TRANSFERRED_OUT,
    }
)
DEDUCTIONS = frozenset({Kind.USED, Kind.USED_PARTLY, Kind.NO_SHOW, Kind.LATE_CANCEL})
ABSENCES = frozenset({Kind.NO_SHOW, Kind.LATE_CANCEL})
NEEDS_VISIT = DEDUCTIONS | {Kind.REVERSED, Kind.SET_ASIDE}
NEEDS_REASON = frozenset(
    {
        Kind.REVERSED,
        Kind.SET_ASIDE,
        Kind.REINSTATED,
        Kind.REFUNDED,
        Kind.TRANSFERRED_OUT,
        Kind.TRANSFERRED_IN,
        Kind.ADJUSTED,
    }
)
# Every line that moves sessions without a visit that took place names the clause of the terms it goes by.
NEEDS_CLAUSE = ABSENCES | {
    Kind.EXPIRED,
    Kind.REINSTATED,
    Kind.REFUNDED,
    Kind.TRANSFERRED_OUT,
    Kind.TRANSFERRED_IN,
}
# The clause of a line that took nothing because the pack had a free pass left (S50).
FREE_PASS = "free_pass"  # noqa: S105


class Entry(ClinicModel):
    """A line of the passbook. Append-only.

    The insert trigger is the only writer of the package's balance and of number, value, turn, balances and
    recorded_at: whatever the application sends there is overwritten. The fields with a db_default come back from
    the INSERT as the trigger set them.
    """

    package = ClinicForeignKey(Package, on_delete=models.PROTECT, related_name="entries")
    line = ClinicForeignKey(PackageLine, on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField(db_default=0)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    sessions = models.DecimalField(**SESSIONS)
    value = models.DecimalField(**AMOUNT, db_default=0)
    balance_after = models.DecimalField(**SESSIONS, db_default=0)
    value_after = models.DecimalField(**AMOUNT, db_default=0)
    used_after = models.DecimalField(**SESSIONS, db_default=0)
    line_after = models.DecimalField(**SESSIONS, db_default=0)
    happened_on = models.DateField()
    held_on = models.DateField(
        null=True, help_text="the day of the visit, which stays when a later line takes its session again"
    )
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_on = models.DateField(db_default=Now(), help_text="the clinic's local day of recorded_at")
    posted_on = models.DateField(
        db_default=Now(), help_text="happened_on, or the first open day where its month was closed"
    )
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    visit_id = models.UUIDField(null=True)  # visits is the layer above; the database holds the foreign key
    turn = models.PositiveIntegerField(null=True)
    beneficiary = ClinicForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")
    therapist = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    branch = ClinicForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+", help_text="where it was used"
    )
    minutes = models.PositiveSmallIntegerField(null=True)
    reverses = ClinicForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    clause = models.CharField(max_length=60, blank=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="entry_key_once"),
            models.UniqueConstraint(fields=["clinic", "package", "number"], name="entry_number_once"),
            models.UniqueConstraint(
                fields=["clinic", "package", "number", "balance_after", "value_after"], name="entry_chain"
            ),
            models.UniqueConstraint(fields=["clinic", "visit_id", "turn"], name="entry_turn_once"),
            models.UniqueConstraint(
                fields=["clinic", "visit_id", "turn", "package", "line", "sessions"], name="entry_undoable"
            ),
            models.CheckConstraint(name="entry_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="entry_balance_not_negative", condition=Q(balance_after__gte=0)),
            models.CheckConstraint(name="entry_value_not_negative", condition=Q(value_after__gte=0)),
            models.CheckConstraint(name="entry_line_not_negative", condition=Q(line_after__gte=0)),
            models.CheckConstraint(
                name="entry_sign_of_kind",
                condition=Q(kind__in=sorted(ADDS), sessions__gt=0)
                | Q(kind__in=sorted(TAKES), sessions__lt=0)
                | Q(kind=Kind.OPENING, sessions__gte=0)
                | Q(kind=Kind.ADJUSTED) & ~Q(sessions=0)
                # A free pass takes nothing and is a line all the same; what takes it back gives nothing back.
                | Q(kind__in=sorted(ABSENCES), sessions=0, clause=FREE_PASS)
                | Q(kind=Kind.REVERSED, sessions=0),
            ),
            models.CheckConstraint(
                name="entry_visit_of_kind",
                condition=Q(kind__in=sorted(NEEDS_VISIT), visit_id__isnull=False, turn__isnull=False)
                | ~Q(kind__in=sorted(NEEDS_VISIT)) & Q(visit_id__isnull=True, turn__isnull=True),
            ),
            models.CheckConstraint(
                name="entry_reason_of_kind", condition=~Q(kind__in=sorted(NEEDS_REASON)) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="entry_reversal_points_back",
                condition=~Q(kind__in=[Kind.REVERSED, Kind.REINSTATED]) | Q(reverses__isnull=False),
            ),
            models.CheckConstraint(
                name="entry_clause_of_kind",
                condition=~Q(kind__in=sorted(NEEDS_CLAUSE)) | ~Q(clause=""),
            ),
            models.CheckConstraint(name="entry_number_from_1", condition=Q(number__gte=1)),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "happened_on"],
                name="entry_by_day",
                include=["package", "kind", "sessions", "value"],
            ),
            models.Index(
                fields=["clinic", "posted_on"],
                name="entry_recorded_later",
                include=["recorded_on"],
                condition=Q(recorded_on__gt=F("posted_on")) | Q(posted_on__gt=F("happened_on")),
            ),
            models.Index(
                fields=["clinic", "recorded_at"],
                name="entry_exceptions",
                condition=Q(kind__in=[Kind.ADJUSTED, Kind.REVERSED]),
            ),
            models.Index(
                F("clinic"),
                F("package"),
                F("happened_on").desc(),
                F("number").desc(),
                name="entry_as_of",
                include=["value_after", "balance_after"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"

    @property
    def taken(self) -> Decimal:
        """Sessions taken by this line, as a positive count."""
        return -self.sessions
