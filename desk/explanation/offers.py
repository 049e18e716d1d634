"""The ways to mend a near miss as one reader is offered them: by role, and only for what is so now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from clinic.access import ACTS
from clinic.keys import new_key
from clinic.models import Clinic, Role, Staff

from .causes import Cause
from .mending import Mend
from .misses import NearMiss

FEW = 2
# The pages that lead back to where they were opened from.
LEAD_BACK = frozenset({"desk:completion", "desk:reopening", "desk:cancellation", "desk:restoration"})


@dataclass(frozen=True)
class Offer:
    """A button: a link, or a form with its fields and the key by which sending it twice is sending it once."""

    label: str | Promise
    url: str
    fields: dict[str, str] | None = None
    key: UUID | None = None


@dataclass(frozen=True)
class Shown:
    """A near miss with what this reader can do about it, or whom to ask."""

    miss: NearMiss
    offers: tuple[Offer, ...]
    ask: str = ""

    @property
    def anchor(self) -> str:
        return f"visit-{self.miss.visit.pk}" if self.miss.visit else ""


@dataclass(frozen=True)
class Group:
    """Near misses of one cause: the latest, and the others folded beneath it where there are several."""

    first: Shown
    more: tuple[Shown, ...]


def grouped(
    misses: Iterable[NearMiss], *, clinic: Clinic, staff: Staff, here: str, is_past: bool
) -> list[Group]:
    """By cause, in the order of their latest; with buttons, but without any where a past moment is told."""
    causes: dict[Cause, list[Shown]] = {}
    for miss in misses:
        one = Shown(miss, ()) if is_past else _shown(miss, clinic, staff, here)
        causes.setdefault(miss.cause, []).append(one)
    return [
        Group(first, tuple(more))
        for shown in causes.values()
        for first, *more in ([shown] if len(shown) > FEW else [[one] for one in shown])
    ]


def _shown(miss: NearMiss, clinic: Clinic, staff: Staff, here: str) -> Shown:
    mends = [mend for mend in miss.mends if mend.is_here]
    mine = [mend for mend in mends if mend.is_for(staff)]
    offers = tuple(_offer(mend, clinic, here) for mend in mine)
    return Shown(miss, offers, "" if mine or not mends else _whom(mends[0]))


def _offer(mend: Mend, clinic: Clinic, here: str) -> Offer:
    way_back = {"next": here} if mend.page in LEAD_BACK else {}
    if mend.fields is None:
        return Offer(mend.label, mend.url(clinic.slug, **way_back))
    return Offer(mend.label, mend.url(clinic.slug), dict(mend.fields) | way_back, new_key())


def _whom(mend: Mend) -> str:
    if ACTS[mend.act] == frozenset({Role.OWNER}):
        return _("The owner of the clinic can mend this.")
    return _("The front desk can mend this.")
