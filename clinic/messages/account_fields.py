"""What each channel's account asks the owner for, and what is wrong with an answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from clinic.models import Message

from .kinds import Words, find_kind

Channel = Message.Channel
# The fault of a value, as a sentence, or nothing.
Check = Callable[[str], str]

LONGEST = 1000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}")


class AccountField(NamedTuple):
    """Something to fill in. `default` counts where it is left empty."""

    name: str
    label: Words
    help: Words
    is_secret: bool
    is_needed: bool
    check: Check
    default: str = ""

    def fault_of(self, value: str) -> str:
        """What is wrong with the value, in a sentence that names the field; nothing where it is right."""
        if not value:
            return say("Write this: %(label)s.") % {"label": self.label} if self.is_needed else ""
        if len(value) > LONGEST or (not value.isprintable() and self.name != "templates"):
            return say("%(label)s is too long, or has signs in it that cannot be sent.") % {
                "label": self.label
            }
        return self.check(value)


def anything(value: str) -> str:
    return ""


def digits(value: str) -> str:
    return (
        ""
        if re.fullmatch(r"\d{5,20}", value)
        else say("“%(value)s” is not a number of digits.") % {"value": value}
    )


def version(value: str) -> str:
    good = re.fullmatch(r"v\d{1,3}\.\d", value)
    return "" if good else say("The version is written like v23.0, not “%(value)s”.") % {"value": value}


def https(value: str) -> str:
    """What can be said without asking: where the name leads is looked at when it is asked."""
    try:
        url = urlsplit(value)
        good = bool(url.hostname) and (url.port is None or url.port > 0)
        good = good and (url.scheme == "https" or settings.ALLOW_PRIVATE_PROVIDERS)
    except ValueError:
        good = False
    if not good or url.username or url.password:
        return say("The address begins with https:// and has no login in it, not “%(value)s”.") % {
            "value": value
        }
    return ""


def method(value: str) -> str:
    return "" if value in {"POST", "JSON", "GET"} else say("The way to send is POST, JSON or GET.")


def plus(value: str) -> str:
    return "" if value == "+" else say("Write + or leave it empty.")


def name(value: str) -> str:
    good = NAME.fullmatch(value)
    return "" if good else say("“%(value)s” is not the name of a field.") % {"value": value}


def header(value: str) -> str:
    field, colon, content = value.partition(":")
    good = colon and content.strip() and NAME.fullmatch(field.strip()) and value.isascii()
    return "" if good else say("The login is written like “Authorization: Bearer …”.")


def templates(value: str) -> str:
    """Lines of "kind = number"; of a kind that there is."""
    for line in filter(None, map(str.strip, value.splitlines())):
        kind, _equals, number = (part.strip() for part in line.partition("="))
        if find_kind(kind) is None or not re.fullmatch(r"[\w-]{1,40}", number):
            return say("“%(line)s” is not written like “few_left = 1107161234567890123”.") % {"line": line}
    return ""


FACTS: dict[str, tuple[AccountField, ...]] = {
    Channel.WHATSAPP: (
        AccountField(
            "phone_number_id",
            _("Phone number ID"),
            _("In the WhatsApp Manager under API setup; not the phone number itself."),
            is_secret=False,
            is_needed=True,
            check=digits,
        ),
        AccountField(
            "version",
            _("Version of the API"),
            _("Empty: the one that Ginti was made for."),
            is_secret=False,
            is_needed=False,
            check=version,
            default="v23.0",
        ),
        AccountField(
            "access_token",
            _("Access token"),
            _("The permanent token of a system user who may send messages."),
            is_secret=True,
            is_needed=True,
            check=anything,
        ),
        AccountField(
            "app_secret",
            _("App secret"),
            _("Under App settings, Basic. It proves that a report comes from WhatsApp."),
            is_secret=True,
            is_needed=True,
            check=anything,
        ),
        AccountField(
            "verify_token",
            _("Verify token"),
            _("A word of your own, written here and at WhatsApp beside the callback address."),
            is_secret=True,
            is_needed=True,
            check=anything,
        ),
    ),
    Channel.SMS: (
        AccountField(
            "url",
            _("Address of the provider"),
            _("Where the provider takes messages, such as https://api.example.com/sms/send."),
            is_secret=False,
            is_needed=True,
            check=https,
        ),
        AccountField(
            "method",
            _("Way to send"),
            _("POST (a form), JSON or GET. Empty: POST."),
            is_secret=False,
            is_needed=False,
            check=method,
            default="POST",
        ),
        AccountField(
            "login",
            _("Header with the login"),
            _("As the provider asks for it, such as “Authorization: Bearer …” or “authkey: …”."),
            is_secret=True,
            is_needed=True,
            check=header,
        ),
        AccountField(
            "sender",
            _("Sender"),
            _("The sender’s name that was registered, such as ASHAPT."),
            is_secret=False,
            is_needed=False,
            check=anything,
        ),
        AccountField(
            "number_field",
            _("Field of the number"),
            _("What the provider calls the phone number. Empty: to."),
            is_secret=False,
            is_needed=False,
            check=name,
            default="to",
        ),
        AccountField(
            "plus",
            _("Plus before the number"),
            _("Write + where the provider wants +91… and not 91…. Empty: without."),
            is_secret=False,
            is_needed=False,
            check=plus,
        ),
        AccountField(
            "text_field",
            _("Field of the text"),
            _("Empty: message."),
            is_secret=False,
            is_needed=False,
            check=name,
            default="message",
        ),
        AccountField(
            "sender_field",
            _("Field of the sender"),
            _("Empty: sender."),
            is_secret=False,
            is_needed=False,
            check=name,
            default="sender",
        ),
        AccountField(
            "id_field",
            _("Field of our own number"),
            _("The provider reports with it, and knows a message that was sent twice. Empty: reference."),
            is_secret=False,
            is_needed=False,
            check=name,
            default="reference",
        ),
        AccountField(
            "template_field",
            _("Field of the template"),
            _("In India each text is registered (DLT). Empty: template_id."),
            is_secret=False,
            is_needed=False,
            check=name,
            default="template_id",
        ),
        AccountField(
            "templates",
            _("Registered templates"),
            _("One in a line: the kind of message and its number, such as few_left = 1107161234567890123."),
            is_secret=False,
            is_needed=False,
            check=templates,
        ),
        AccountField(
            "answer_field",
            _("Field of the provider’s number in its answer"),
            _("Such as message_id, or data.id. Empty: none."),
            is_secret=False,
            is_needed=False,
            check=name,
        ),
        AccountField(
            "status_field",
            _("Field of the status in a report"),
            _("Where the provider reports deliveries. Empty: status."),
            is_secret=False,
            is_needed=False,
            check=name,
            default="status",
        ),
    ),
}
