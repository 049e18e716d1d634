"""The rows that a week's figures count, each found by its day or moment through an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, TruncDate

from billing.models import CHARGING, Allocation, Bill, BillLine, Bounce, PaymentLink
from packages.models import Entry, Kind, Package
from packages.models.entries import DEDUCTIONS
from visits.models import Dispute, Visit

from .week_days import Span

Rows = QuerySet[Any]
# Where no package's terms say from when a cancellation is late.
LATE = timedelta(hours=24)
RENEWED_WITHIN = timedelta(days=14)
State, Consequence = Visit.State, Visit.Consequence
LinkState = PaymentLink.State

BY_TERMS = [
    Consequence.NOTHING,
    Consequence.FREE_PASS,
    Consequence.SESSIONS,
    Consequence.FEE,
    Consequence.WAIVED,
]
LATE_CANCEL = Q(state=State.CANCELLED_BY_PATIENT) & (
    Q(consequence__in=BY_TERMS)
    | Q(consequence=Consequence.NO_PACKAGE, ended_at__gt=F("starts_at") - Value(LATE))
)
SCHEDULED = ~Q(state__in=Visit.CANCELLED) | LATE_CANCEL
# A package that was sold: not brought in from elsewhere, given by a referral, moved from another, or a mistake. A month
# of a monthly plan is sold whatever was carried over into it.
SOLD = (
    Q(is_opening=False, authorised_by="")
    & (Q(moved_from__isnull=True) | Q(membership__isnull=False))
    & ~Q(state=Package.State.VOID)
)
ENDINGS = sorted(DEDUCTIONS | {Kind.EXPIRED})


@dataclass(frozen=True)
class Source:
    """Rows of one kind over all of these weeks, and which of them are in one; `by_day` where only whole days can be
    compared."""

    rows: Callable[[Sequence[Span], date], Rows]
    within: Callable[[Span], Q]
    by_day: bool = False

    def of(self, week: Span, today: date) -> Rows:
        """The rows of one week."""
        return self.rows([week], today).filter(self.within(week))


def _packages(weeks: Sequence[Span], today: date) -> Rows:
    """Packages with `sold_for`: their price without the value that was carried over."""
    sold: Rows = Package.objects.filter(SOLD, sold_on__gte=weeks[0].first, sold_on__lte=weeks[-1].last)
    return sold.annotate(sold_for=F("price") - F("moved_in"))


def _visits(weeks: Sequence[Span], today: date) -> Rows:
    visits: Rows = Visit.objects.between(weeks[0].start, weeks[-1].end)
    return visits


def _bills(weeks: Sequence[Span], today: date) -> Rows:
    """Bills with `owed`: what was still to pay on each at the end of its own week, by the money received by then."""
    bills: Any = Bill.objects.filter(issued_at__gte=weeks[0].start, issued_at__lt=weeks[-1].end)
    cut = Case(*[When(week.at("issued_at"), then=Value(week.last)) for week in weeks])
    credited = BillLine.objects.filter(credits__bill=OuterRef("pk"), bill__issued_on__lte=OuterRef("cut"))
    paid = _dated(weeks[0].clinic.zone).filter(line__bill=OuterRef("pk"), moved_on__lte=OuterRef("cut"))
    charging: Rows = bills.filter(kind__in=sorted(CHARGING), total__gt=0).annotate(cut=cut)
    return charging.annotate(
        owed=F("total") + _sum(credited, "credits__bill") - _sum(paid, "line__bill")
    ).defer("document")


def _dated(zone: tzinfo) -> Any:
    """Allocations with the day of each: the money's; its own where it takes money back or was made on a later day."""
    said, entered = (TruncDate(at, tzinfo=zone) for at in ("recorded_at", "payment__recorded_at"))
    later = Q(amount__lt=0) | Q(said__gt=F("entered"))
    moved_on = Case(When(later, then=F("said")), default=F("payment__received_on"))
    return Allocation.objects.annotate(said=said, entered=entered).annotate(moved_on=moved_on)


def _sum(rows: Any, by: str) -> Coalesce:
    summed = rows.order_by().values(by).annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(summed), Value(0), output_field=Bill._meta.get_field("total"))


def _ended(weeks: Sequence[Span], today: date) -> Rows:
    """The last lines of packages that are used up or lapsed, with `bought`: whether the patient bought another.

    Monthly plans go on by themselves and are left out.
    """
    ends: Any = Entry.objects.filter(happened_on__gte=weeks[0].first, happened_on__lte=weeks[-1].last)
    ends = ends.filter(kind__in=ENDINGS, balance_after=0, number=F("package__entries_count"))
    ends = ends.filter(package__authorised_by="", package__membership__isnull=True)
    ends = ends.exclude(package__state__in=sorted(Package.CLOSED))
    another = Package.objects.filter(
        SOLD,
        patient=OuterRef("package__patient"),
        number__gt=OuterRef("package__number"),
        sold_on__gte=OuterRef("happened_on") - Value(RENEWED_WITHIN),
        sold_on__lte=OuterRef("happened_on") + Value(RENEWED_WITHIN),
    )
    found: Rows = ends.annotate(bought=Exists(another))
    return found.annotate(
        renewal=Case(
            When(bought=True, then=Value("won")),
            When(happened_on__lt=today - RENEWED_WITHIN, then=Value("missed")),
            default=Value("open"),
        )
    )


def _bounces(weeks: Sequence[Span], today: date) -> Rows:
    bounces: Rows = Bounce.objects.filter(bounced_on__gte=weeks[0].first, bounced_on__lte=weeks[-1].last)
    return bounces


def _links(weeks: Sequence[Span], today: date) -> Rows:
    """Links that came to nothing; one that expires in these weeks was made at most its validity before."""
    made_since = weeks[0].start - PaymentLink.VALID
    links: Rows = PaymentLink.objects.filter(
        created_at__gte=made_since, state__in=[LinkState.FAILED, LinkState.EXPIRED]
    )
    return links


def _link_within(week: Span) -> Q:
    failed = Q(state=LinkState.FAILED) & week.at("created_at")
    return failed | Q(state=LinkState.EXPIRED) & week.at("expires_at")


def _opened(weeks: Sequence[Span], today: date) -> Rows:
    opened: Rows = Dispute.objects.filter(opened_at__gte=weeks[0].start, opened_at__lt=weeks[-1].end)
    return opened


def _decided(weeks: Sequence[Span], today: date) -> Rows:
    decided = Dispute.objects.exclude(decision="")
    return decided.filter(decided_at__gte=weeks[0].start, decided_at__lt=weeks[-1].end)


PACKAGES = Source(_packages, lambda week: week.on("sold_on"), by_day=True)
VISITS = Source(_visits, lambda week: week.at("starts_at"))
BILLS = Source(_bills, lambda week: week.at("issued_at"), by_day=True)  # paid by the end of a day
ENDED = Source(_ended, lambda week: week.on("happened_on"), by_day=True)
BOUNCES = Source(_bounces, lambda week: week.on("bounced_on"), by_day=True)
LINKS = Source(_links, _link_within)
OPENED = Source(_opened, lambda week: week.at("opened_at"))
DECIDED = Source(_decided, lambda week: week.at("decided_at"))
