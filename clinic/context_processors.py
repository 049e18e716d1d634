"""What every page is drawn with. Asks the database for nothing: the middleware already knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from .models import Staff
from .navigation import NUMBERS, PLACES, Place, address_for


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
    numbers = _places(request, staff, NUMBERS) if "/reports/" in request.path else []
    return {
        "clinic": staff.clinic,
        "staff": staff,
        "nav": _places(request, staff, PLACES),
        "numbers": numbers,
        "shell": addresses,
    }


def _places(request: HttpRequest, staff: Staff, places: Sequence[Place]) -> list[dict[str, Any]]:
    return [
        place._asdict()
        | {
            "url": url,
            "current": request.path.startswith(url) or (bool(place.under) and place.under in request.path),
        }
        for place in places
        if (url := address_for(staff, place.name))
        and not (place.instead_of and address_for(staff, place.instead_of))
    ]
