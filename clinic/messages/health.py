"""How the provider of a channel does: after a failure it is left alone, longer each time, until a message goes out.

Only accounts of a clinic's own are watched. E-mail goes by the installation's mail server: where that is unreachable
the turn ends and the next one tries it again.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from clinic.models import ChannelAccount, Clinic, Message, Wording

from . import delivery
from .accounts import NoAccount, account_of, account_row
from .channels import Carrier, Email, NotLetIn, Unreachable
from .sms import Sms
from .whatsapp import WhatsApp, templates_of

Channel, Checked = Message.Channel, ChannelAccount.Checked

# The pauses double up to the longest; keys that are refused are not tried again at once.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
AFTER_A_REFUSAL = timedelta(minutes=15)
# A channel that has failed so often in a row, for an hour or more, lets go of what has waited for so long.
LASTING = 6
PATIENCE = timedelta(days=1)


def open_carrier(channel: str, clinic: Clinic, at: datetime) -> Carrier | None:
    """The way to send by this channel; None while nothing goes out by it. Must be called inside the clinic.

    What waits for an account that is switched off goes on to the next channel, and after PATIENCE also what waits
    for one that does not work.
    """
    if channel == Channel.EMAIL:
        return Email(clinic)
    row = account_row(channel)
    if row and row.is_on and row.paused_until and row.paused_until > at:
        if row.failures >= LASTING:
            delivery.move_on(channel, at, words=row.last_words, waiting_since=at - PATIENCE)
        return None
    try:
        account = account_of(channel)
    except NoAccount as gone:
        delivery.move_on(channel, at, words=str(gone), waiting_since=at)
        return None
    if channel == Channel.SMS:
        return Sms(account)
    return WhatsApp(account, templates_of(Wording.objects.exclude(template="")))


def note_failure(channel: str, at: datetime, failure: Unreachable) -> None:
    """Nothing goes out at the moment: leave the provider alone for a while."""
    row = _rows(channel).select_for_update(no_key=True).first()
    if row is None or (row.paused_until and row.paused_until > at):
        return  # somebody else has noticed
    row.failures += 1
    pause = pause_after(row.failures)
    if isinstance(failure, NotLetIn):
        pause = max(pause, AFTER_A_REFUSAL)
        row.checked, row.checked_at = Checked.REFUSED, at
    elif row.failures > 1:
        row.checked, row.checked_at = Checked.UNREACHABLE, at
    row.paused_until, row.last_words = at + pause, str(failure)[:300]
    row.save(update_fields=["failures", "paused_until", "last_words", "checked", "checked_at"])


def note_success(channel: str, at: datetime) -> None:
    """It works. Written only where that is news."""
    is_news = Q(failures__gt=0) | ~Q(checked=Checked.FINE)
    _rows(channel).filter(is_news).update(
        failures=0, paused_until=None, last_words="", checked=Checked.FINE, checked_at=at
    )


def pause_after(failures: int) -> timedelta:
    """How long a provider is left alone; up to a quarter more, so that not all come back at once."""
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    return pause * random.uniform(1, 1.25)  # noqa: S311 - spreads load, hides nothing


def _rows(channel: str) -> QuerySet[ChannelAccount]:
    return ChannelAccount.objects.filter(channel=channel)
