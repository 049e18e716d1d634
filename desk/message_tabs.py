"""The tabs of the message centre, the same on each of its pages."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.models import Clinic

from .message_list import VIEWS


def tabs(clinic: Clinic, here: str, counts: dict[str, int], kept: str = "") -> list[dict[str, Any]]:
    """Each view of the list, the work list in its place, and the replies. `kept` are the filters of the list."""
    listed = reverse("desk:messages", args=[clinic.slug])
    addresses = {name: f"{listed}?view={name}{kept}" for name in VIEWS}
    addresses["by_hand"] = reverse("desk:messages_by_hand", args=[clinic.slug])
    addresses["replies"] = reverse("desk:replies", args=[clinic.slug])
    labels = {name: label for name, (label, _which) in VIEWS.items()} | {"replies": _("Replies")}
    return [
        {"url": url, "label": labels[name], "count": counts.get(name), "current": name == here}
        for name, url in addresses.items()
    ]
