"""What every page is drawn with. Asks the database for nothing: the middleware already knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .access import roles_of
from .models import Clinic, Role, Staff

# URL name, label, icon, key
NAV: tuple[tuple[str, str | Promise, str, str], ...] = (
    ("desk:today", _("Today"), "calendar-days", "t"),
    ("patients:patient_list", _("Patients"), "users", "p"),
    ("packages:package_list", _("Packages"), "ticket", ""),
    ("billing:bill_list", _("Bills"), "receipt-indian-rupee", "b"),
    ("packages:plan_list", _("Plans"), "tag", ""),
    ("packages:liability", _("Liability"), "scale", ""),
    ("staff:staff_list", _("Staff"), "stethoscope", ""),
    ("administration:settings", _("Settings"), "settings", ""),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """clinic, staff, nav and the addresses of the bar at the top; without a clinic only the last."""
    clinic: Clinic | None = getattr(request, "clinic", None)
    staff: Staff | None = getattr(request, "staff", None)
    addresses = {
        "clinics_url": f"{reverse('clinics')}?all",
        "account_url": reverse("account_change_password"),
    }
    if clinic is None or staff is None:
        return {"clinic": None, "staff": None, "nav": [], "shell": addresses}
    addresses["find_url"] = _address("patients:search", clinic, staff)
    addresses["book_url"] = _address("desk:visit_new", clinic, staff)
    return {"clinic": clinic, "staff": staff, "nav": _nav(request, clinic, staff), "shell": addresses}


def _nav(request: HttpRequest, clinic: Clinic, staff: Staff) -> list[dict[str, Any]]:
    places = []
    for name, label, icon, key in NAV:
        if url := _address(name, clinic, staff):
            current = request.path.startswith(url)
            places.append({"url": url, "label": label, "icon": icon, "key": key, "current": current})
    return places


def _address(name: str, clinic: Clinic, staff: Staff) -> str:
    """Where a page is, or nothing where it is closed to this role."""
    roles = roles_of(name)
    if not isinstance(roles, frozenset) or Role(staff.role) not in roles:
        return ""
    try:
        return reverse(name, args=[clinic.slug])
    except NoReverseMatch:
        return ""
