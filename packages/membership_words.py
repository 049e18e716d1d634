"""How a month of a membership stands, in words: on the package, on the patient's file, before it is ended."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from clinic.ui.words import day

from .models import Package

ONE_DAY = timedelta(days=1)


def renews_on(package: Package, today: date) -> date | None:
    """The day on which the next month begins; None of a month that is past, closed, or the last."""
    membership, until = package.membership, package.valid_until
    if membership is None or until is None or until < today or package.state in Package.CLOSED:
        return None
    following = until + ONE_DAY
    if membership.ends_on is not None and following > membership.ends_on:
        return None
    return following


def told(package: Package, today: date) -> str:
    """Month 3 of a membership, renews on 1 May 2027. Nothing of a package that is no month."""
    membership, until = package.membership, package.valid_until
    if membership is None:
        return ""
    facts = {"number": package.period, "day": day(renews_on(package, today) or until)}
    if renews_on(package, today):
        return _("Month %(number)d of a membership, renews on %(day)s.") % facts
    is_running = until is not None and until >= today and package.state not in Package.CLOSED
    if is_running:
        return _("Month %(number)d of a membership, the last: it ends on %(day)s.") % facts
    return _("Month %(number)d of a membership.") % facts
