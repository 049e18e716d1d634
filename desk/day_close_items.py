"""What may be unsettled on a branch's day: one function for each kind of item. desk.day_close.LISTS names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.models import Patient
from clinic.money import places
from clinic.templatetags.ui import money
from clinic.ui.words import day
from visits.models import Visit

from .day_close_facts import BranchDay

COMPLETE, LEAVE = "complete", "leave"
State, Settlement = Visit.State, Visit.Settlement


class Kind(TextChoices):
    """The kinds, in the order of the page."""

    ARRIVED = "arrived", gettext_lazy("Here, and not completed")
    BOOKED = "booked", gettext_lazy("Booked, and not marked")
    FREE = "free", gettext_lazy("Completed without charge")
    SINGLY = "singly", gettext_lazy("Paid singly, though a pack covers")
    LATE = "late", gettext_lazy("Recorded late")
    UNPAID = "unpaid", gettext_lazy("Still to pay")
    UNAPPLIED = "unapplied", gettext_lazy("Paid, and not set against anything")
    DISPUTED = "disputed", gettext_lazy("Disputed")


@dataclass(frozen=True)
class Way:
    """One way to settle an item: a page that does it, or, with `posted`, a press that does it."""

    label: str
    icon: str
    url: str = ""
    posted: Mapping[str, str] | None = None
    returns: bool = True  # the page leads back to where `next` says


@dataclass(frozen=True)
class Item:
    """Something of the day that somebody has to look at. `since` is when it became so."""

    kind: Kind
    subject_id: UUID
    patient: Patient
    sentence: str
    ways: tuple[Way, ...]
    time: datetime | None = None
    since: datetime | None = None
    may_be_left: bool = field(default=False)

    @property
    def name(self) -> str:
        """What the page calls it, and where it stands there."""
        return f"{self.kind}-{self.subject_id}"

    def can_be(self, way: str) -> bool:
        """Whether it is settled by a press of this name on the day's own page."""
        return any(each.posted and each.posted.get("way") == way for each in self.ways)


def arrived(day: BranchDay) -> Iterator[Item]:
    """Here, and neither completed nor sent away; a completion that was taken back waits here too."""
    for visit in day.visits:
        if visit.state == State.CHECKED_IN:
            at = day.clinic.local(visit.arrived_at or visit.starts_at)
            said = _("Here since %(time)s, not completed.") % {"time": f"{at:%H:%M}"}
            if visit.completions:
                said = _("Taken back (%(reason)s) and not settled again.") % {"reason": visit.reason}
            yield _open_visit(Kind.ARRIVED, visit, day, said)


def booked(day: BranchDay) -> Iterator[Item]:
    """Booked, and nobody said what became of it (S10)."""
    for visit in day.visits:
        if visit.state == State.BOOKED:
            said = _("Still to come.") if day.is_to_come(visit) else _("Nobody has said what became of it.")
            yield _open_visit(Kind.BOOKED, visit, day, said)


def free(day: BranchDay) -> Iterator[Item]:
    """Completed without charge: never silently (S14)."""
    for visit in day.visits:
        if visit.settlement == Settlement.FREE:
            said = _("Free of charge: %(reason)s.") % {"reason": visit.reason.rstrip(".")}
            yield _settled_visit(Kind.FREE, visit, day, f"{said} {_would_cover(visit, day)}".strip())


def singly(day: BranchDay) -> Iterator[Item]:
    """Paid singly while a pack would have covered it."""
    for visit in day.visits:
        if visit.settlement == Settlement.CHARGE and day.covers[visit.pk].fit:
            currency = day.clinic.currency
            price = money(visit.service.to_pay(places(currency)), currency)
            said = _("Paid singly: %(price)s.") % {"price": price}
            yield _settled_visit(Kind.SINGLY, visit, day, f"{said} {_would_cover(visit, day)}")


def late(day: BranchDay) -> Iterator[Item]:
    """Held on an earlier day and recorded on this one (S30)."""
    for visit in day.recorded_late:
        held = day.clinic.day_of(visit.starts_at)
        days = (day.on - held).days
        said = ngettext(
            "Held on %(day)s, recorded %(n)d day late by %(name)s.",
            "Held on %(day)s, recorded %(n)d days late by %(name)s.",
            days,
        )
        facts = {"day": _day_words(held), "n": days, "name": visit.completed_by or _("the program")}
        yield Item(
            Kind.LATE,
            visit.pk,
            visit.patient,
            said % facts,
            (_leave(Kind.LATE, visit.pk, day, _("Noted")), _reopen(visit, day)),
            since=visit.completed_at,
            may_be_left=True,
        )


def unpaid(day: BranchDay) -> Iterator[Item]:
    """Bills of the day on which money is still owed."""
    for bill in day.bills:
        if owed := day.owed.get(bill.pk):
            facts = {
                "bill": bill.name,
                "owed": money(owed, day.clinic.currency),
                "total": money(bill.total, day.clinic.currency),
            }
            yield Item(
                Kind.UNPAID,
                bill.pk,
                bill.patient,
                _("Bill %(bill)s: %(owed)s of %(total)s is still to be paid.") % facts,
                (
                    _payment(bill.patient_id, day, _("Take payment")),
                    _leave(Kind.UNPAID, bill.pk, day, _("Pays later")),
                ),
                since=bill.issued_at,
                may_be_left=True,
            )


def unapplied(day: BranchDay) -> Iterator[Item]:
    """Money of the day, or set free on the day, that pays for nothing yet (S47)."""
    for payment in day.payments:
        if payment.left:  # type: ignore[attr-defined]
            facts = {
                "left": money(payment.left, day.clinic.currency),  # type: ignore[attr-defined]
                "amount": money(payment.amount, day.clinic.currency),
                "method": payment.get_method_display(),
            }
            yield Item(
                Kind.UNAPPLIED,
                payment.pk,
                payment.patient,
                _("%(left)s of %(amount)s (%(method)s) pays for nothing yet.") % facts,
                (
                    _payment(payment.patient_id, day, _("Set it against a bill")),
                    _leave(Kind.UNAPPLIED, payment.pk, day, _("Stays as credit")),
                ),
                since=payment.freed_at or payment.recorded_at,  # type: ignore[attr-defined]
                may_be_left=True,
            )


def disputed(day: BranchDay) -> Iterator[Item]:
    """Sessions that the patient says were not right, until the owner has decided."""
    for dispute in day.disputes:
        visit = dispute.visit
        facts = {
            "number": dispute.number,
            "day": _day_words(day.clinic.day_of(visit.starts_at)),
            "due": _day_words(dispute.due_on),
        }
        url = reverse("desk:dispute", args=[day.clinic.slug, dispute.pk])
        yield Item(
            Kind.DISPUTED,
            dispute.pk,
            visit.patient,
            _("Case %(number)s: the session of %(day)s. To be decided by %(due)s.") % facts,
            (
                Way(_("See the case"), "eye", url, returns=False),
                _leave(Kind.DISPUTED, dispute.pk, day, _("The owner has it")),
            ),
            since=dispute.opened_at,
            may_be_left=True,
        )


def _open_visit(kind: Kind, visit: Visit, day: BranchDay, said: str) -> Item:
    """A visit that was not completed: what covers it, and the ways to say what became of it, or will."""
    cover = day.covers[visit.pk]
    if not cover.package:
        said = f"{said} {cover.reason}"
    early = kind == Kind.BOOKED and day.is_to_come(visit)
    ways = _ways_to_come(visit, day) if early else _ways_of_past(kind, visit, day)
    at = day.clinic.local(visit.starts_at)
    return Item(kind, visit.pk, visit.patient, said, (*ways, _cancel(visit, day)), time=at)


def _ways_of_past(kind: Kind, visit: Visit, day: BranchDay) -> tuple[Way, Way]:
    slug = day.clinic.slug
    completion = Way(_("Complete…"), "check", reverse("desk:completion", args=[slug, visit.pk]))
    if day.covers[visit.pk].package:
        completion = Way(_("Complete"), "check", _settling(day), posted=_posted(kind, visit.pk, COMPLETE))
    no_show = reverse("desk:no_show", args=[slug, visit.pk])
    return completion, Way(_("Did not come"), "user-x", no_show, posted={})


def _ways_to_come(visit: Visit, day: BranchDay) -> tuple[Way]:
    """Nobody completes a visit, or stays away from it, before its time."""
    return (Way(_("Move…"), "calendar-days", reverse("visits:move", args=[day.clinic.slug, visit.pk])),)


def _settled_visit(kind: Kind, visit: Visit, day: BranchDay, said: str) -> Item:
    """A visit whose settlement somebody should look at: left as it is, or taken back for the pack that covers it."""
    ways = [_leave(kind, visit.pk, day, _("It is meant so")), _reopen(visit, day)]
    if day.covers[visit.pk].fit:
        url = reverse("desk:reopening", args=[day.clinic.slug, visit.pk])
        ways.insert(
            0, Way(_("Use the pack"), "rotate-ccw", url, posted={"reason": _("A pack covers this visit")})
        )
    at = day.clinic.local(visit.starts_at)
    since = visit.completed_at
    return Item(kind, visit.pk, visit.patient, said, tuple(ways), time=at, since=since, may_be_left=True)


def _would_cover(visit: Visit, day: BranchDay) -> str:
    package = day.covers[visit.pk].package
    return _("A pack would have covered this: %(name)s.") % {"name": package.name} if package else ""


def _day_words(on: object) -> str:
    return day(on, "long")  # type: ignore[arg-type]


def _leave(kind: Kind, subject_id: UUID, day: BranchDay, label: str) -> Way:
    return Way(label, "circle-check", _settling(day), posted=_posted(kind, subject_id, LEAVE))


def _cancel(visit: Visit, day: BranchDay) -> Way:
    url = reverse("desk:cancellation", args=[day.clinic.slug, visit.pk])
    return Way(_("Cancel…"), "calendar-x", url)


def _reopen(visit: Visit, day: BranchDay) -> Way:
    return Way(_("Reopen…"), "rotate-ccw", reverse("desk:reopening", args=[day.clinic.slug, visit.pk]))


def _payment(patient_id: UUID, day: BranchDay, label: str) -> Way:
    url = reverse("desk:payment", args=[day.clinic.slug, patient_id])
    return Way(label, "wallet", url, returns=False)


def _settling(day: BranchDay) -> str:
    return reverse("desk:day_settling", args=[day.clinic.slug, day.on])


def _posted(kind: Kind, subject_id: UUID, way: str) -> dict[str, str]:
    return {"item": f"{kind}-{subject_id}", "way": way}
