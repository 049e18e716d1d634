"""How a message reaches a person. A channel takes the message and returns, or says what went wrong."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from clinic.models import Message

from .enclosures import Enclosure

PERMANENT = range(500, 600)


class NotSent(Exception):
    """The message did not go out; worth trying again later."""


class Refusal(NotSent):
    """It never will: the address or the message itself was refused."""


class Unreachable(NotSent):
    """No message goes out at the moment: the provider does not answer, or does not let us in."""


def send_email(message: Message, enclosure: Enclosure | None, *, by: BaseEmailBackend) -> None:
    """Hand the message to the mail server. Raises NotSent, or one of its kinds, with the server's words."""
    try:
        by.open()  # kept open for the next message
        by.send_messages([_email(message, enclosure)])
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        raise _answered(code, words) from refused
    except smtplib.SMTPDataError as refused:
        raise _answered(refused.smtp_code, refused.smtp_error) from refused
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(_words(error)) from error
    except ValueError as error:  # a header or an address that cannot be written
        raise Refusal(str(error)) from error


def whatsapp_link(phone: str, body: str) -> str:
    """Opens WhatsApp with the text written; a person presses Send. Nothing without a phone."""
    return f"https://wa.me/{phone.removeprefix('+')}?text={quote(body)}" if phone else ""


def message_id(message: Message) -> str:
    """The same for every attempt, so that a duplicate can be recognised."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{message.pk}@{domain}>"


def _email(message: Message, enclosure: Enclosure | None) -> EmailMessage:
    headers = {"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"}
    email = EmailMessage(message.subject, message.body, to=[message.address], headers=headers)
    if enclosure:
        email.attach(enclosure.name, enclosure.content, enclosure.kind)
    return email


def _answered(code: int, words: bytes | str) -> NotSent:
    said = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return Refusal(said) if code in PERMANENT else NotSent(said)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
