"""What every page is drawn with. Asks the database for nothing: the middleware already knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from .models import Staff
from .navigation import PLACES, address_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """clinic, staff, nav and the addresses of the bar at the top; without a clinic only the last."""
    staff: Staff | None = getattr(request, "staff", None)
    addresses = {
        "clinics_url": f"{reverse('clinics')}?all",
        "account_url": reverse("account_change_password"),
    }
    if staff is None:
        return {"clinic": None, "staff": None, "nav": [], "shell": addresses}
    addresses["find_url"] = address_for(staff, "patients:search")
    addresses["book_url"] = address_for(staff, "visits:booking")
    return {"clinic": staff.clinic, "staff": staff, "nav": _nav(request, staff), "shell": addresses}


def _nav(request: HttpRequest, staff: Staff) -> list[dict[str, Any]]:
    nav = []
    for place in PLACES:
        if url := address_for(staff, place.name):
            current = request.path.startswith(url)
            nav.append(
                {"url": url, "label": place.label, "icon": place.icon, "key": place.key, "current": current}
            )
    return nav
