"""What can be done with a package now, by whom: the menu of its page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.access import roles_of
from clinic.models import Staff
from packages import standing
from packages.models import Package, TransferRule

from .transfers import may_be_undone


class Act(NamedTuple):
    """A page that is open to the person, and its words."""

    name: str
    label: str | Promise
    icon: str
    url: str = ""


def acts_for(package: Package, staff: Staff, today: date) -> list[Act]:
    """The acts that make sense in its state and are open to this role."""
    found = (act._replace(url=_address(act.name, package, staff)) for act in _that_make_sense(package, today))
    return [act for act in found if act.url]


def _address(name: str, package: Package, staff: Staff) -> str:
    roles = roles_of(name)
    if not isinstance(roles, frozenset) or staff.role not in roles:
        return ""
    try:
        return reverse(name, args=[staff.clinic.slug, package.pk])
    except NoReverseMatch:  # an installation without that app's pages
        return ""


def _that_make_sense(package: Package, today: date) -> Iterable[Act]:
    yield Act("desk:package_attendance", _("Statement for the insurer…"), "shield-check")
    if package.state in Package.CLOSED:
        return
    yield from _about_its_days(package, today)
    yield from _about_its_sessions(package)
    yield from _about_the_whole(package)


def _about_its_days(package: Package, today: date) -> Iterable[Act]:
    if any(days.upper > today for days in package.frozen):
        yield Act("packages:thaw", _("End the freeze…"), "sun")
    if package.sessions_left and package.freeze_limit != 0 and not package.has_lapsed_on(today):
        yield Act("packages:freeze", _("Freeze…"), "snowflake")
    if package.valid_until:
        yield Act("packages:extension", _("Make it valid for longer…"), "calendar-plus")


def _about_its_sessions(package: Package) -> Iterable[Act]:
    active = package.state == Package.State.ACTIVE
    if may_be_undone(package):
        yield Act("packages:transfer_undoing", _("Undo the transfer…"), "undo-2")
    if active and package.sessions_left and package.transfer_rule != TransferRule.NOBODY:
        yield Act("packages:transfer", _("Transfer sessions…"), "send")
    if active and package.sessions_left:
        yield Act("desk:hindsight", _("Use it for an earlier visit…"), "history")
    yield Act("packages:adjustment", _("Give or take sessions…"), "pencil")


def _about_the_whole(package: Package) -> Iterable[Act]:
    if standing.restrictions(package):
        yield Act("packages:lifting", _("Lift a restriction…"), "key-round")
    if package.state == Package.State.SUSPENDED:
        yield Act("packages:resumption", _("Resume…"), "rotate-ccw")
    else:
        yield Act("packages:suspension", _("Suspend…"), "ban")
    if package.received and package.sessions_left:
        yield Act("desk:refund", _("Refund…"), "hand-coins")
    if package.sessions_left == package.sessions_sold:
        yield Act("desk:voiding", _("Sold by mistake…"), "trash-2")
