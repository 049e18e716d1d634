"""What a patient gets back for sessions that will not be used, by the rule frozen at the sale.

The arithmetic is shown line by line (S39 to S41, S44); the money itself is moved by the layers above.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.models import Staff
from clinic.money import rounded
from clinic.refusals import Refused
from clinic.ui.words import session_count

from . import ledger, nudges, validity
from .models import Change, ChangeKind, Entry, Kind, Package, RefundRule

ZERO = Decimal(0)
USES = [Kind.USED, Kind.USED_PARTLY, Kind.NO_SHOW, Kind.LATE_CANCEL, Kind.REVERSED]
MOVED = [Kind.TRANSFERRED_OUT, Kind.TRANSFERRED_IN]


class NothingToRefund(Refused):
    def __init__(self) -> None:
        super().__init__(_("Nothing is left on this package: there is nothing to refund."))


class UnderDispute(Refused):
    """A disputed session is decided before anything final happens to its package."""

    def __init__(self) -> None:
        super().__init__(_("A session of this package is disputed. Decide that first."))


class QuoteChanged(Refused):
    def __init__(self) -> None:
        super().__init__(_("Something happened to this package since the quote. Look at the new one."))


@dataclass(frozen=True)
class Step:
    """A line of the arithmetic."""

    words: str
    amount: Decimal


@dataclass(frozen=True)
class Quote:
    """What a refund would come to today. `released` is the value that leaves the liability."""

    package: Package
    rule: RefundRule
    amount: Decimal
    released: Decimal
    sessions: Decimal
    bonus: Decimal
    steps: list[Step] = field(default_factory=list)

    @property
    def difference(self) -> Decimal:
        """What is released beyond what is paid back."""
        return self.released - self.amount

    @property
    def key_figures(self) -> str:
        """What a form carries, so that a refund is made of what was shown."""
        return f"{self.amount}/{self.sessions}/{self.bonus}"


def quote_refund(package: Package) -> Quote:
    """What would be paid back for all that is left, by the package's own rule. Never negative (S40).

    Money that was not received is not paid back: sessions used are set against what came in.
    """
    rule = RefundRule(package.refund_rule)
    used, moved = _used_value(package), _moved_value(package)
    kept = max(ZERO, package.received - moved)
    released = max(ZERO, min(kept - used, package.value_left))
    steps = list(_steps(package, rule, kept, used, moved))
    amount = max(ZERO, sum((step.amount for step in steps), ZERO))
    if rule == RefundRule.NONE:
        amount = ZERO
    bonus = package.sessions_left + package.set_aside - package.paid_left
    return Quote(package, rule, min(amount, kept), released, package.sessions_left, bonus, steps)


@act
def refund(
    package: Package, *, on: date, by: Staff | None, key: uuid.UUID, reason: str, shown: str | None = None
) -> Change:
    """Close the package: all that is left goes, bonus sessions too (S44), and the Change says what is paid back.

    `shown` is the `key_figures` of the quote that was agreed to. The same key twice is the same refund. Refuses
    when nothing is left, while a session is disputed, and when the quote is not that any more.
    """
    access.require(by, "refund_package")
    package = ledger.locked(package)
    if done := Change.objects.filter(key=key).first():
        return done
    if not reason.strip():
        raise ledger.ReasonMissing
    if package.state in Package.CLOSED:
        raise ledger.PackageClosed(package)
    if package.set_aside:
        raise UnderDispute
    if package.has_lapsed_on(on):  # whether or not the clock came to post it
        raise validity.HasLapsed(package)
    if not package.sessions_left:
        raise NothingToRefund
    quote = quote_refund(package)
    if shown is not None and shown != quote.key_figures:
        raise QuoteChanged
    for line in ledger.lines_with_sessions(package):
        ledger.post(
            line,
            Kind.REFUNDED,
            -line.sessions_left,
            on=on,
            by=by,
            key=uuid.uuid5(key, f"refund {line.position}"),
            reason=reason.strip(),
            clause="refund",
        )
    nudges.withdraw_of(package)
    return _closed(package, quote, on=on, by=by, key=key, reason=reason)


def _closed(
    package: Package, quote: Quote, *, on: date, by: Staff | None, key: uuid.UUID, reason: str
) -> Change:
    change = Change.objects.create(
        package=package,
        kind=ChangeKind.REFUNDED,
        happened_on=on,
        amount=quote.amount,
        reason=reason.strip(),
        clause="refund",
        by=by,
        key=key,
    )
    audit.record(
        "refund_package",
        package,
        by=by,
        before={"sessions_left": quote.sessions, "value_left": package.value_left},
        after={"amount": quote.amount, "difference": quote.difference, "reason": change.reason},
    )
    return change


def _steps(
    package: Package, rule: RefundRule, kept: Decimal, used: Decimal, moved: Decimal
) -> Iterator[Step]:
    yield Step(_("Received for the package"), package.received)
    if moved:
        yield Step(_("Moved with transferred sessions"), -moved)
    if rule == RefundRule.NONE:
        yield Step(_("By its terms nothing is paid back"), -kept)
        return
    count = session_count(_used_sessions(package))
    if rule == RefundRule.LIST_RATE:
        words = _("%(count)s used, at the list rate of %(rate)s a session") % {
            "count": count,
            "rate": f"{list_rate(package).normalize():f}",
        }
        yield Step(words, -_at_list_rate(package))
    else:
        yield Step(_("%(count)s used, at the rate paid") % {"count": count}, -used)
    lapsed = kept - used - min(kept - used, package.value_left)
    if lapsed > 0:
        yield Step(_("Lapsed or adjusted"), -lapsed)
    if rule == RefundRule.FEE and package.refund_fee:
        yield Step(_("Fee of the terms"), -package.refund_fee)


def worth_by_rule(package: Package, entry: Entry) -> Decimal:
    """What a refund would have been more, had it known that this line is taken back (S42)."""
    match RefundRule(package.refund_rule):
        case RefundRule.NONE:
            return ZERO
        case RefundRule.LIST_RATE:
            paid = not entry.line.is_bonus
            return rounded(entry.taken * list_rate(package), package.places) if paid else ZERO
    return -entry.value


def list_rate(package: Package) -> Decimal:
    """What a session costs at the list rate: as the terms say, or the plan's price by its paid sessions."""
    if package.list_rate is not None:
        return package.list_rate
    sessions = package.paid_sessions or Decimal(1)
    return rounded(package.list_price / sessions, package.places)


def _at_list_rate(package: Package) -> Decimal:
    used = _used_sessions(package)
    if package.list_rate is not None or not package.paid_sessions:
        return rounded(used * list_rate(package), package.places)
    return rounded(package.list_price * used / package.paid_sessions, package.places)


def _used_sessions(package: Package) -> Decimal:
    """Paid sessions that visits took, and those of before an opening balance."""
    # What takes a set-aside session back gives no use back: it was none.
    uses = _paid_entries(package, USES).exclude(kind=Kind.REVERSED, reverses__kind=Kind.SET_ASIDE)
    taken: Decimal = uses.aggregate(sum=Coalesce(Sum("sessions"), ZERO))["sum"]
    opening = Entry.objects.filter(package=package, kind=Kind.OPENING).values_list(
        "line__sessions", "sessions"
    )
    return sum((sold - left for sold, left in opening), ZERO) - taken


def _used_value(package: Package) -> Decimal:
    entries = Entry.objects.filter(package=package)
    taken: Decimal = entries.filter(kind__in=USES).aggregate(sum=Coalesce(Sum("value"), ZERO))["sum"]
    opened = entries.filter(kind=Kind.OPENING).aggregate(sum=Sum("value"))["sum"]
    before = package.price - opened if opened is not None else ZERO
    return before - taken


def _moved_value(package: Package) -> Decimal:
    """What went to other packages with transferred sessions, and did not come back."""
    entries = Entry.objects.filter(package=package, kind__in=MOVED).exclude(
        Q(kind=Kind.TRANSFERRED_IN, reverses__isnull=True)
    )
    total: Decimal = entries.aggregate(sum=Coalesce(Sum("value"), ZERO))["sum"]
    return -total


def _paid_entries(package: Package, kinds: list[Kind]) -> QuerySet[Entry]:
    return Entry.objects.filter(package=package, kind__in=kinds, line__is_bonus=False)
