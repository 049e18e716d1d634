"""What a reminder says of the visits of one day, in the active language: when, with whom, what it takes.

Never for what: of a phone that is shared nobody learns more than the hour (S57).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.messages.personal import mark
from clinic.models import Clinic
from clinic.ui.words import day, session_count
from packages.models import Takes

from .holds import Cover
from .models import Visit

ONE = Decimal(1)


def fields_of(
    visits: Sequence[Visit],
    covers: Mapping[UUID, Cover],
    *,
    clinic: Clinic,
    at: datetime,
    with_branch: bool = False,
) -> dict[str, str]:
    """The fields of the wording. The visits are of one patient and one local day, the first first."""
    first = visits[0]
    cover = covers.get(first.pk, Cover())
    return {
        "visits": f"{_day(first, clinic)}, {_times(visits, clinic)}",
        "day": _day(first, clinic),
        "time": _time(first, clinic),
        "therapist": first.therapist.name if first.therapist else "",
        "branch": first.branch.name if with_branch else "",
        "takes": takes_words([covers.get(visit.pk, Cover()) for visit in visits]),
        "left": session_count(cover.now) if cover.fit else "",
        "cancel_by": _cancel_by(first, cover, clinic, at) if len(visits) == 1 else "",
        "visit_link": mark(f"visits/{first.pk}/") if len(visits) == 1 else mark(),
    }


def _times(visits: Sequence[Visit], clinic: Clinic) -> str:
    said = []
    for visit in visits:
        facts = {"time": _time(visit, clinic), "therapist": visit.therapist and visit.therapist.name}
        said.append((_("%(time)s with %(therapist)s") if visit.therapist else "%(time)s") % facts)
    return "; ".join(said)


def takes_words(covers: Sequence[Cover]) -> str:
    """What they take, where one package covers them all, of what the passbook says today."""
    packages = {cover.package.pk if cover.package else None for cover in covers}
    if len(packages) != 1 or None in packages:
        return ""
    sessions = sum((cover.fit.sessions for cover in covers if cover.fit), Decimal(0))
    facts = {"n": session_count(sessions), "left": session_count(covers[0].now)}
    if len(covers) > 1:
        return _("They take %(n)s sessions of the %(left)s you have left.") % facts
    words = ngettext(
        "It takes %(n)s session of the %(left)s you have left.",
        "It takes %(n)s sessions of the %(left)s you have left.",
        1 if sessions == ONE else 2,
    )
    return words % facts


def free_until(visit: Visit, cover: Cover, at: datetime) -> datetime | None:
    """Until when cancelling takes nothing, by the frozen terms; None once it is late, or where it never takes any."""
    package = cover.package
    if package is None or package.late_cancel_takes == Takes.NOTHING:
        return None
    until = visit.starts_at - timedelta(hours=package.late_cancel_hours)
    return until if until > at else None


def _cancel_by(visit: Visit, cover: Cover, clinic: Clinic, at: datetime) -> str:
    until = free_until(visit, cover, at)
    if until is None:
        return ""
    local = clinic.local(until)
    when = f"{day(local.date(), 'long')}, {local:%H:%M}"
    return _("You can cancel it free of charge until %(when)s.") % {"when": when}


def _day(visit: Visit, clinic: Clinic) -> str:
    return day(clinic.day_of(visit.starts_at), "long")


def _time(visit: Visit, clinic: Clinic) -> str:
    return f"{clinic.local(visit.starts_at):%H:%M}"
