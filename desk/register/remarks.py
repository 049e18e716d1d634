"""What is written beside a pack that came from a register."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.money import format_money

from .outcome import owed
from .sorting import NewPack

LONGEST = 300


def note_of(pack: NewPack, clinic: Clinic) -> str:
    """The money that was still to pay, which nobody bills here, then the register's own remark as far as it fits."""
    parts = [_to_pay(pack, clinic), pack.row.note]
    note = " ".join(part for part in parts if part)
    return note if len(note) <= LONGEST else note[: LONGEST - 1] + "…"


def _to_pay(pack: NewPack, clinic: Clinic) -> str:
    if not owed(pack):
        return ""
    locale = get_language() or "en-in"
    amounts = {
        "owed": format_money(owed(pack), clinic.currency, locale),
        "price": format_money(pack.row.price or owed(pack), clinic.currency, locale),
    }
    return _("%(owed)s of %(price)s was still to pay at go-live.") % amounts
