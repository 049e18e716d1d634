"""The places of a clinic in the order of the menu, open only to who may go there. Asks the database nothing."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .access import roles_of
from .models import Role, Staff


class Place(NamedTuple):
    name: str
    label: str | Promise
    icon: str
    key: str = ""
    under: str = ""  # part of the address of every page that belongs to it
    instead_of: str = ""  # the place that whoever may go there finds it from


PLACES = (
    Place("desk:today", _("Today"), "calendar-days", "t"),
    Place("patients:patient_list", _("Patients"), "users"),
    Place("packages:package_list", _("Packages"), "ticket"),
    Place("desk:renewals", _("Renewals"), "repeat"),
    Place("desk:messages", _("Messages"), "send"),
    Place("desk:disputes", _("Disputes"), "message-circle"),
    Place("billing:bill_list", _("Bills"), "receipt-indian-rupee"),
    Place("desk:days", _("Days"), "clipboard-check"),
    Place("visits:closure_list", _("Closures"), "calendar-x"),
    Place("packages:plan_list", _("Plans"), "tag"),
    Place("desk:week", _("Figures"), "scale", under="/reports/"),
    Place("desk:own_statement", _("My work"), "scale", under="/reports/", instead_of="desk:week"),
    Place("staff:staff_list", _("Staff"), "stethoscope"),
    Place("administration:settings", _("Settings"), "settings"),
)

# The pages of the owner's numbers, side by side at the top of each of them.
NUMBERS = (
    Place("desk:week", _("Week"), ""),
    Place("packages:liability", _("Liability"), "", under="/reports/months/"),
    Place("desk:reconciliation", _("Beside the bills"), ""),
    Place("packages:exposure", _("If all were refunded"), ""),
    Place("desk:expected_expiry", _("Will lapse"), ""),
    Place("desk:sleeping", _("Sleeping"), ""),
    Place("desk:therapists", _("Therapists"), ""),
    Place("desk:exceptions", _("Exceptions"), ""),
)


def address_for(staff: Staff, name: str) -> str:
    """Where a page of their clinic is, or nothing where it is closed to their role."""
    roles = roles_of(name)
    if not isinstance(roles, frozenset) or Role(staff.role) not in roles:
        return ""
    try:
        return reverse(name, args=[staff.clinic.slug])
    except NoReverseMatch:  # an installation without that app's pages
        return ""


def start_of(staff: Staff) -> str:
    """Where their day begins: the first place that is open to them."""
    return next(address for place in PLACES if (address := address_for(staff, place.name)))
