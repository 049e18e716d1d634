"""Tags and filters of the screens; a built-in library, so no template loads it."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache

from django import template
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from clinic import money as amounts
from clinic.models import Clinic
from clinic.ui import toasts, words
from clinic.ui.balance import BalanceFace
from clinic.ui.balance import balance_face as face_of
from clinic.ui.theme import THEMES
from clinic.ui.toasts import Undo

register = template.Library()


@cache
def _sprite(*_storage: str) -> str:
    """Where the icons are: a day of 60 visits shows 500 of them, and their address is looked up once."""
    return static("icons/sprite.svg")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite. Without a label it is decoration and screen readers pass over it."""
    address = f"{_sprite(settings.STATIC_URL, settings.STORAGES['staticfiles']['BACKEND'])}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, address
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', address)


@register.simple_tag
def balance_face(left: Decimal | int, sold: Decimal | int, state: str = "") -> BalanceFace:
    """How the balance of a package looks; see `clinic.ui.balance`."""
    return face_of(left, sold, state)


@register.simple_tag
def undo_of(message: Message) -> Undo | None:
    """What takes back that of which a message speaks; see `clinic.ui.toasts`."""
    return toasts.undo_of(message)


@register.filter
def sessions(count: Decimal | float | str | None) -> str:
    """4 for 4.0 and 7.5 for 7.50."""
    return words.session_count(count)


@register.filter
def signed(count: Decimal | float | str | None) -> str:
    """+10 or −1."""
    return words.signed_count(count)


@register.filter
def with_minutes(service: str, minutes: int) -> str:
    """Physiotherapy · 60 min."""
    return words.with_minutes(service, minutes)


@register.filter
def initials(name: str) -> str:
    """AV for Asha Verma."""
    return words.initials(str(name or ""))


@register.filter
def day(moment: date | datetime | None, style: str = "medium") -> str:
    """31 May 2027 in the reader's language; styles: short, medium, long, full."""
    return words.day(moment, style)


@register.filter
def money(amount: Decimal | None, currency: str = "INR") -> str:
    """₹12,34,567.50 as the reader's language and country write it; nothing for None."""
    if amount is None or amount == "":
        return ""
    return amounts.format_money(Decimal(amount), currency, get_language() or "en-in")


@register.filter
def paper_name(kind: str, clinic: Clinic) -> str:
    """How papers of a kind are called in the clinic's country: Bill of supply, Invoice."""
    return str(clinic.profile.titles[kind])


@register.filter
def theme(chosen: str | None) -> str:
    """The theme a person chose, or nothing where the device decides."""
    return chosen if chosen in THEMES else ""
