"""Visits that are booked on a referral: never more than were authorised, and within its dates."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic.models import Service
from clinic.refusals import Refused
from clinic.ui.words import day, session_count
from packages import ledger
from packages.models import Package

from .models import Visit, VisitQuerySet


class Overbooked(Refused):
    """All authorised visits are used or booked."""

    def __init__(self, package: Package, booked: int) -> None:
        self.package, self.booked = package, booked
        super().__init__(
            _(
                "%(name)s: %(left)s left, and %(booked)d booked. Ask for more visits, or book without the referral."
            )
            % {"name": package.name, "left": session_count(package.sessions_left), "booked": booked}
        )


class OutsideReferral(Refused):
    """The visit is on a day that was not authorised."""

    def __init__(self, package: Package) -> None:
        assert package.valid_until
        super().__init__(
            _("%(name)s is for visits from %(first)s to %(last)s.")
            % {"name": package.name, "first": day(package.valid_from), "last": day(package.valid_until)}
        )


class OtherService(Refused):
    """The letter does not name this service."""

    def __init__(self, package: Package, service: Service) -> None:
        super().__init__(
            _("%(name)s does not name %(service)s.") % {"name": package.name, "service": service.name}
        )


def booked_on(package: Package) -> VisitQuerySet:
    """The visits that are booked on this referral and did not take place yet."""
    booked: VisitQuerySet = Visit.objects.filter(package=package).open()
    return booked


def said(package: Package) -> str:
    """2 of 6 visits used, authorised by Star Health to 31 May 2027; 3 booked, 1 more can be booked."""
    booked = booked_on(package).count()
    free = max(package.sessions_left - booked, Decimal(0))
    facts = {
        "used": session_count(package.sessions_used),
        "all": session_count(package.sessions_sold),
        "name": package.authorised_by,
        "last": day(package.valid_until),
        "booked": booked,
        "free": session_count(free),
    }
    if not free:
        words = _(
            "%(used)s of %(all)s visits used, authorised by %(name)s to %(last)s; %(booked)d booked: it is full."
        )
        return words % facts
    words = _(
        "%(used)s of %(all)s visits used, authorised by %(name)s to %(last)s; "
        "%(booked)d booked, %(free)s more can be booked."
    )
    return words % facts


def hold_place(
    package: Package, *, service: Service, starts_at: datetime, besides: Visit | None = None
) -> None:
    """Make sure that a visit then can be booked on this referral; does nothing for other packages.

    The package stays locked until the transaction ends, so that two who book the last place wait for each other.
    """
    if not package.is_referral:
        return
    package = ledger.locked(package)
    if not package.lines.filter(service=service).exists():
        raise OtherService(package, service)
    on = package.clinic.day_of(starts_at)
    if on < package.valid_from or package.has_lapsed_on(on):
        raise OutsideReferral(package)
    booked = booked_on(package)
    if besides is not None:
        booked = booked.exclude(pk=besides.pk)
    taken = booked.count()
    if Decimal(taken) >= package.sessions_left:
        raise Overbooked(package, taken)
