"""How a message reaches a person. A carrier takes the message and returns, or says what went wrong."""

from __future__ import annotations

import smtplib
from email.utils import formataddr, parseaddr
from typing import Protocol
from urllib.parse import quote

from anymail.exceptions import AnymailAPIError, AnymailError
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from clinic.models import Clinic, ClinicSettings, Message, StaffLetter

from .enclosures import Enclosure

PERMANENT = range(500, 600)


class NotSent(Exception):
    """The message did not go out; worth trying again later."""


class Refusal(NotSent):
    """It never will by this channel: the address or the message itself was refused."""


class Unreachable(NotSent):
    """No message goes out at the moment: the provider does not answer, or does not do its work."""


class NotLetIn(Unreachable):
    """No message goes out until somebody has looked at the account: its keys are refused, or it is blocked."""


class Busy(Unreachable):
    """The provider wants to be left alone for a while."""


class Carrier(Protocol):
    """One channel of one clinic, open for a turn. Touches no database."""

    def send(self, message: Message, text: str, enclosure: Enclosure | None, *, link: str) -> str:
        """Hand the message to the provider; the provider's id of it, or "". `text` is what it says and `link` the
        patient's own link, which stands in it already. Raises NotSent, or one of its kinds, with the provider's
        words."""
        ...

    def close(self) -> None: ...


class Email:
    """By the installation's mail server or provider, in the clinic's name; answers go to the clinic."""

    def __init__(self, clinic: Clinic) -> None:
        """Must be called inside the clinic."""
        own = ClinicSettings.objects.first()
        name = (own and own.legal_name) or clinic.name
        self.sender = formataddr((" ".join(name.split()), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
        self.answers_to = [own.email] if own and own.email else []
        self._server = get_connection()

    def send(
        self, message: Message | StaffLetter, text: str, enclosure: Enclosure | None, *, link: str
    ) -> str:
        """As every carrier; a letter to somebody who works here has no link."""
        letter = self._letter(message, text, enclosure, link)
        try:
            self._server.open()  # kept open for the next message
            self._server.send_messages([letter])
        except AnymailAPIError as error:
            raise _answered_by_api(error) from error
        except AnymailError as error:  # every recipient is refused, or the letter is
            raise Refusal(_words(error)) from error
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            raise _answered(code, words) from refused
        except smtplib.SMTPDataError as refused:
            raise _answered(refused.smtp_code, refused.smtp_error) from refused
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(_words(error)) from error
        except ValueError as error:  # a header or an address that cannot be written
            raise Refusal(str(error)) from error
        return str(getattr(getattr(letter, "anymail_status", None), "message_id", None) or "")[:120]

    def close(self) -> None:
        self._server.close()

    def _letter(
        self, message: Message | StaffLetter, text: str, enclosure: Enclosure | None, link: str
    ) -> EmailMessage:
        headers = {"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"}
        if link:
            headers["List-Unsubscribe"] = f"<{link}stop/>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        letter = EmailMessage(
            message.subject,
            text,
            self.sender,
            to=[message.address],
            reply_to=self.answers_to,
            headers=headers,
        )
        if enclosure:
            letter.attach(enclosure.name, enclosure.content, enclosure.kind)
        return letter


def whatsapp_link(phone: str, body: str) -> str:
    """Opens WhatsApp with the text written; a person presses Send. Nothing without a phone."""
    return f"https://wa.me/{phone.removeprefix('+')}?text={quote(body)}" if phone else ""


def message_id(message: Message | StaffLetter) -> str:
    """The same for every attempt, so that a duplicate can be recognised."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{message.pk}@{domain}>"


def _answered(code: int, words: bytes | str) -> NotSent:
    said = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return Refusal(said) if code in PERMANENT else NotSent(said)


def _answered_by_api(error: AnymailAPIError) -> NotSent:
    """What a provider of e-mail has answered, if it has."""
    status, words = error.status_code or 0, " ".join(_words(error).split())
    if status in {401, 403}:
        return NotLetIn(words)
    if status == 429:
        return Busy(words)
    return Refusal(words) if 400 <= status < 500 else Unreachable(words)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
