"""Who signs in at the demonstration clinic, and on what they look at it."""

from __future__ import annotations

import random
from string import ascii_lowercase

from clinic.models import Role
from desk.demo.people import PASSWORD as PASSWORD

EMAILS = {
    "owner": "owner@asha.example",
    "desk": "desk@asha.example",
    "anand": "anand@asha.example",
    "accounts": "accounts@asha.example",
}
OF_ROLE = {
    Role.OWNER: "owner",
    Role.FRONT_DESK: "desk",
    Role.THERAPIST: "anand",
    Role.ACCOUNTANT: "accounts",
}
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def new_name() -> str:
    """A patient whom no other test knows."""
    return f"Tarini {''.join(random.choices(ascii_lowercase, k=9)).capitalize()}"
