from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models.functions import Coalesce, JSONObject, Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Patient, Service, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicManager, ClinicModel

from .memberships import Membership
from .plans import Alternative, Plan
from .terms import AMOUNT, Activation, Sharing, Terms, ValidityUnit

__all__ = ["Activation", "Package", "PackageLine", "Sharing", "ValidityUnit"]

SESSIONS: dict[str, Any] = {"max_digits": 6, "decimal_places": 1}


class PackageQuerySet(models.QuerySet["Package"]):
    def with_sessions(self) -> PackageQuerySet:
        return self.filter(sessions_left__gt=0)

    def valid_on(self, day: date) -> PackageQuerySet:
        return self.filter(
            models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=day), valid_from__lte=day
        )

    def to_lapse_on(self, day: date) -> PackageQuerySet:
        """Packages whose last day has passed while sessions are left."""
        return self.with_sessions().filter(valid_until__lt=day, state__in=Package.LAPSING)


class PackageManager(ClinicManager.from_queryset(PackageQuerySet)):  # type: ignore[misc]
    """Named, so that migrations can refer to it."""


class Package(Terms, ClinicModel):
    """What a patient owns: the plan's terms copied, and the balance.

    The balances are written by the database when an entry is posted; `state`, `valid_until`, `frozen` and `lifted` when
    a Change is. The application's role may not write them.
    """

    class State(models.TextChoices):
        PENDING = "pending_payment", _("waiting for payment")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        REFUNDED = "refunded", _("refunded")
        VOID = "void", _("void")

    CLOSED = frozenset({State.REFUNDED, State.VOID})
    LAPSING = frozenset({State.PENDING, State.ACTIVE, State.SUSPENDED})

    number = models.PositiveIntegerField(_("package number"))
    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="packages")
    plan = ClinicForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="packages")
    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    list_price = models.DecimalField(_("price of the plan at the sale"), **AMOUNT)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    sold_on = models.DateField(_("bought on"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid to"), null=True, blank=True)
    places = models.PositiveSmallIntegerField(default=2, help_text="digits of the currency's minor unit")
    is_opening = models.BooleanField(default=False, help_text="brought in from paper or another program")
    paid_before = models.DecimalField(
        **AMOUNT, default=Decimal(0), help_text="money received for an opening balance before go-live"
    )
    agreed_on = models.DateField(null=True, help_text="when the patient agreed to an opening balance")
    note = models.CharField(max_length=300, blank=True)
    sold_by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    sessions_sold = models.DecimalField(**SESSIONS, default=Decimal(0), editable=False)
    paid_sessions = models.DecimalField(**SESSIONS, default=Decimal(0), editable=False)
    sessions_left = models.DecimalField(**SESSIONS, default=Decimal(0), editable=False)
    sessions_used = models.DecimalField(**SESSIONS, default=Decimal(0), editable=False)
    paid_left = models.DecimalField(**SESSIONS, default=Decimal(0), editable=False)
    value_left = models.DecimalField(**AMOUNT, default=Decimal(0), editable=False)
    entries_count = models.PositiveIntegerField(default=0, editable=False)
    paid = models.DecimalField(**AMOUNT, default=Decimal(0), editable=False)
    set_aside = models.DecimalField(
        **SESSIONS,
        default=Decimal(0),
        editable=False,
        help_text="in dispute: neither used nor free, still owed",
    )
    moved_in = models.DecimalField(
        **AMOUNT, default=Decimal(0), help_text="the value that came with transferred sessions"
    )
    moved_from = ClinicForeignKey("self", on_delete=models.PROTECT, null=True, related_name="moved_to")
    membership = ClinicForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="packages")
    period = models.PositiveIntegerField(null=True, help_text="which month of a membership it is")
    authorised_by = models.CharField(
        _("authorised by"), max_length=120, blank=True, help_text="the insurer or doctor of a referral"
    )
    authorisation = models.CharField(_("authorisation number"), max_length=60, blank=True)
    frozen = ArrayField(DateRangeField(), default=list, editable=False, help_text="days, both ends included")
    lifted = ArrayField(models.CharField(max_length=12), default=list, editable=False)

    # What packages.eligibility reads along with the row: the owner's relations, as rows and as they are kept.
    relations: list[dict[str, Any]]
    named: list[Any]

    objects: ClassVar[Any] = PackageManager()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="package_number_once"),
            models.UniqueConstraint(fields=["clinic", "key"], name="package_key_once"),
            models.CheckConstraint(name="package_never_below_0", condition=models.Q(sessions_left__gte=0)),
            models.CheckConstraint(
                name="package_paid_left_not_negative", condition=models.Q(paid_left__gte=0)
            ),
            models.CheckConstraint(
                name="package_used_not_negative", condition=models.Q(sessions_used__gte=0)
            ),
            models.CheckConstraint(name="package_value_not_negative", condition=models.Q(value_left__gte=0)),
            models.CheckConstraint(name="package_paid_not_negative", condition=models.Q(paid__gte=0)),
            models.CheckConstraint(
                name="package_paid_before_of_opening",
                condition=models.Q(is_opening=True, paid_before__gte=0, paid_before__lte=models.F("price"))
                | models.Q(is_opening=False, paid_before=0),
            ),
            models.CheckConstraint(
                name="package_set_aside_not_negative", condition=models.Q(set_aside__gte=0)
            ),
            models.CheckConstraint(
                name="package_moved_in_of_transfer",
                condition=models.Q(moved_from__isnull=False, moved_in__gte=0) | models.Q(moved_in=0),
            ),
            models.UniqueConstraint(fields=["clinic", "membership", "period"], name="package_period_once"),
            models.CheckConstraint(
                name="package_period_of_membership",
                condition=models.Q(membership__isnull=True, period__isnull=True)
                | models.Q(membership__isnull=False, period__gte=1),
            ),
            models.CheckConstraint(
                name="package_referral_has_no_price", condition=models.Q(authorised_by="") | models.Q(price=0)
            ),
            models.CheckConstraint(name="package_price_not_negative", condition=models.Q(price__gte=0)),
            models.CheckConstraint(
                name="package_valid_until_after_from",
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "valid_until"],
                name="package_expiring",
                condition=models.Q(sessions_left__gt=0),
            ),
            models.Index(
                fields=["clinic", "sessions_left"],
                name="package_few_left",
                condition=models.Q(sessions_left__lte=2, state="active"),
            ),
            models.Index(fields=["clinic", "sold_on"], name="package_by_sale"),
        ]

    @property
    def to_pay(self) -> Decimal:
        """What is still to come in for it; nothing any more once it is closed, whatever was paid back."""
        if self.state in self.CLOSED:
            return Decimal(0)
        return max(self.price - self.received, Decimal(0))

    @property
    def received(self) -> Decimal:
        """Money received for it: here, before go-live, and with sessions that were transferred to it."""
        return self.paid + self.paid_before + self.moved_in

    @property
    def refunded(self) -> Decimal:
        """What its refund came to, paid out or kept as account credit; asks the database."""
        amounts = self.changes.filter(kind="refunded").values_list("amount", flat=True)
        return sum((amount for amount in amounts if amount), Decimal(0))

    @property
    def is_paid(self) -> bool:
        return self.received >= self.price

    @property
    def is_referral(self) -> bool:
        """Visits that an insurer or a doctor authorised, at no price."""
        return bool(self.authorised_by)

    @property
    def asked_price(self) -> Decimal:
        """What its own sale asks for: the price without the value that came with transferred sessions."""
        return self.price - self.moved_in

    def is_frozen_on(self, day: date) -> bool:
        return any(day in days for days in self.frozen)

    def has_lapsed_on(self, day: date) -> bool:
        return self.valid_until is not None and self.valid_until < day


class PackageLineQuerySet(models.QuerySet["PackageLine"]):
    def with_lapsed(self) -> PackageLineQuerySet:
        """In the order of the terms, each with `lapsed`, what expired of it and was not reinstated, and with `offers`:
        the alternatives of the terms, as facts."""
        gone = models.Q(entries__kind__in=["expired", "reinstated"])
        lapsed = Coalesce(-models.Sum("entries__sessions", filter=gone), Decimal(0))
        facts = JSONObject(service="service_id", sessions="sessions", surcharge="surcharge")
        offers = PackageAlternative.objects.filter(line=models.OuterRef("pk")).order_by("-sessions")
        return self.annotate(lapsed=lapsed, offers=ArraySubquery(offers.values(facts=facts))).order_by(
            "position"
        )


class PackageLineManager(ClinicManager.from_queryset(PackageLineQuerySet)):  # type: ignore[misc]
    """Named, so that migrations can refer to it."""


class PackageLine(ClinicModel):
    """A line of the terms as sold, with its own balance. `sessions_left` is the trigger's."""

    package = ClinicForeignKey(Package, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    service = ClinicForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    sessions = models.DecimalField(**SESSIONS)
    is_bonus = models.BooleanField(default=False)
    sessions_left = models.DecimalField(**SESSIONS, default=Decimal(0), editable=False)

    objects: ClassVar[Any] = PackageLineManager()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "package", "position"], name="package_line_position"),
            models.UniqueConstraint(fields=["clinic", "package", "id"], name="package_line_of_package"),
            models.CheckConstraint(
                name="package_line_never_below_0", condition=models.Q(sessions_left__gte=0)
            ),
            models.CheckConstraint(name="package_line_sessions", condition=models.Q(sessions__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.sessions} × {self.service_id}"


class PackageAlternative(Alternative, ClinicModel):
    """Another service that a line may be used for, as the plan said at the sale."""

    line = ClinicForeignKey(PackageLine, on_delete=models.PROTECT, related_name="alternatives")

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "line", "service", "sessions"], name="package_alternative_once"
            ),
            models.CheckConstraint(name="package_alternative_sessions", condition=models.Q(sessions__gt=0)),
        ]
