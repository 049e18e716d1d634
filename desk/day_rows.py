"""How a visit of the day is said: its marks, its balance, what stands there instead, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.money import places
from clinic.templatetags.ui import money
from clinic.ui.words import session_count
from packages.models import Package
from visits import consequences
from visits.history import recorded_late
from visits.models import Visit

from .today import DayVisit

State, Settlement = Visit.State, Visit.Settlement
Mark = dict[str, str]
CLOSING_DAYS = 14  # "valid to" is only said where that day is near


@dataclass(frozen=True)
class Row:
    """What templates/components/visit.html draws, and what the buttons of the row ask for."""

    day_visit: DayVisit
    clinic: Clinic
    on: date
    today: date
    next: str
    phone_first: bool = False
    key: UUID | None = None

    @property
    def visit(self) -> Visit:
        return self.day_visit.visit

    @property
    def time(self) -> datetime:
        return self.clinic.local(self.visit.starts_at).replace(tzinfo=None)

    @property
    def file_url(self) -> str:
        return reverse("desk:patient_file", args=[self.clinic.slug, self.visit.patient_id])

    @property
    def detail(self) -> str:
        return (
            f"{self.visit.service} · {self.visit.therapist}"
            if self.visit.therapist
            else str(self.visit.service)
        )

    @property
    def tone(self) -> str:
        if self.visit.state == State.COMPLETED:
            return "done"
        if not self.visit.is_open:
            return "ended"
        return "now" if self.visit.state == State.CHECKED_IN else ""

    @property
    def is_today(self) -> bool:
        return self.on == self.today

    @property
    def may_be_completed(self) -> bool:
        return self.visit.is_open and self.on <= self.today

    @property
    def may_be_undone(self) -> bool:
        """Completed today: one press takes it back. Later it is reopened with a reason."""
        done_at = self.visit.completed_at
        return done_at is not None and self.may_be_reopened and self.clinic.day_of(done_at) == self.today

    @property
    def may_be_reopened(self) -> bool:
        return self.visit.state == State.COMPLETED and self.visit.settlement != Settlement.BEFORE

    @property
    def may_be_let_off(self) -> bool:
        return self.visit.consequence in consequences.TAKING

    @property
    def may_be_restored(self) -> bool:
        """Taken back by one press: what cost something only on the day on which it was marked."""
        if self.visit.consequence not in consequences.TAKING:
            return bool(self.visit.consequence)
        ended_at = self.visit.ended_at
        return ended_at is not None and self.clinic.day_of(ended_at) == self.today

    @property
    def asks_how(self) -> bool:
        """Completing it is no single press: somebody chooses, or money is asked for."""
        return self.visit.is_open and self.day_visit.cover.fit is None

    @property
    def needs_choice(self) -> bool:
        return self.asks_how and bool(self.day_visit.cover.offers)

    @property
    def needs_payment(self) -> bool:
        return self.asks_how and not self.needs_choice

    @property
    def oob(self) -> str:
        """What htmx exchanges beside the row: the sentence at the top, the messages, the patient's other visits."""
        others = [f"#visit-{pk}" for pk in self.day_visit.also]
        return ",".join(["#day-sentence", "#toasts:beforeend", *others])

    @property
    def balance(self) -> dict[str, Any] | None:
        package = self.day_visit.package
        if package is None or not (self.visit.is_open or self.visit.state == State.COMPLETED):
            return None
        # The passbook's number, never one that counts what has not happened: the card after Complete says one less.
        left = self.day_visit.cover.now if self.visit.is_open else package.sessions_left
        return {
            "name": package.name,
            "left": left,
            "used": package.sessions_used,
            "sold": package.sessions_sold,
            "state": _state(package, self.on),
            "valid_until": _near(package, self.on),
            "size": "" if self.visit.is_open else "tiny",
        }

    @property
    def without(self) -> str:
        """What stands in the place of a balance."""
        visit = self.visit
        if visit.is_open:
            return self.day_visit.cover.reason
        if visit.state == State.COMPLETED:
            currency = self.clinic.currency
            price = money(visit.service.to_pay(places(currency)), currency)
            paid = _("Paid singly: %(price)s") % {"price": price}
            said = {
                Settlement.CHARGE: paid,
                Settlement.FREE: _("Free of charge: %(reason)s") % {"reason": visit.reason},
            }
            return said.get(Settlement(visit.settlement), visit.get_settlement_display())
        came_to = consequences.said(visit, self.clinic.currency)
        if visit.reason in came_to:
            return came_to
        return f"{came_to} {_('Reason: %(reason)s') % {'reason': visit.reason}}".strip()

    @property
    def why_not(self) -> str:
        """Beneath the balance of a package that does not cover by itself."""
        return self.day_visit.cover.reason if self.asks_how and self.balance else ""

    @property
    def marks(self) -> list[Mark]:
        said = [self._state_mark(), self._late_mark(), self._wish_mark(), self._due_mark()]
        if self.needs_choice:
            said.insert(1, {"text": _("Needs a choice"), "tone": "warn", "icon": "split"})
        elif self.needs_payment:
            said.insert(1, {"text": _("Needs payment"), "tone": "warn", "icon": "wallet"})
        return [mark for mark in said if mark]

    def _late_mark(self) -> Mark | None:
        """A visit that was completed days after it took place (S30)."""
        late = recorded_late(self.visit, self.clinic)
        return {"text": late, "tone": "note", "icon": "history"} if late else None

    def _state_mark(self) -> Mark | None:
        visit = self.visit
        if visit.state == State.CHECKED_IN and visit.arrived_at:
            at = self.clinic.local(visit.arrived_at)
            return {
                "text": _("Here since %(time)s") % {"time": f"{at:%H:%M}"},
                "tone": "note",
                "icon": "door-open",
            }
        if visit.state == State.COMPLETED:
            return {"text": self._done_words(), "tone": "good", "icon": "check"}
        if visit.state == State.NO_SHOW:
            return {"text": visit.get_state_display().capitalize(), "tone": "bad", "icon": "user-x"}
        if visit.state in Visit.CANCELLED:
            return {"text": visit.get_state_display().capitalize(), "tone": "", "icon": "calendar-x"}
        if self.on < self.today:
            return {"text": _("Not marked yet"), "tone": "warn", "icon": "clock"}
        if visit.confirmed_at:
            return {"text": _("Confirmed"), "tone": "good", "icon": "user-check"}
        return None

    def _wish_mark(self) -> Mark | None:
        """The patient asked for another time, and nobody has moved the visit."""
        if self.visit.state != State.BOOKED or not self.visit.move_wish:
            return None
        text = _("Wishes another time: %(words)s") % {"words": self.visit.move_wish}
        return {"text": text, "tone": "warn", "icon": "message-circle"}

    def _done_words(self) -> str:
        entry, package = self.visit.entry, self.visit.package
        if self.visit.settlement != Settlement.PACKAGE or entry is None or package is None:
            return _("Done")
        facts = {"k": session_count(entry.used_after)}
        facts["n"] = session_count(package.sessions_sold)
        return _("Done: session %(k)s of %(n)s") % facts

    def _due_mark(self) -> Mark | None:
        if self.day_visit.due <= 0:
            return None
        due = money(self.day_visit.due, self.clinic.currency)
        return {"text": _("%(amount)s due") % {"amount": due}, "tone": "warn", "icon": "circle-alert"}


def _state(package: Package, on: date) -> str:
    if package.state != Package.State.ACTIVE:
        return package.state
    if package.has_lapsed_on(on):
        return "expired"
    return "upcoming" if on < package.valid_from else ""


def _near(package: Package, on: date) -> date | None:
    if package.valid_until is None or not 0 <= (package.valid_until - on).days <= CLOSING_DAYS:
        return None
    return package.valid_until
