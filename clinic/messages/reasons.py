"""Why messages could not be sent, in words for the desk: what providers answer, sorted into a few reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Count, QuerySet, Value, When
from django.db.models.functions import JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.acts import act
from clinic.models import Message, Staff

from .by_hand import try_again

LATELY = timedelta(days=30)
AT_ONCE = 200


class Reason(NamedTuple):
    """`words` is a pattern, for PostgreSQL, of what a provider says; the first that fits is the reason."""

    name: str
    label: Promise
    words: str


Tally = tuple[Reason, int]
OTHER = Reason("other", _("another reason"), "")
REASONS = (
    Reason("full", _("the mailbox is full"), r"5\.2\.2|\m(452|552)\M|quota|mailbox (is )?full"),
    Reason(
        "busy",
        _("too many at once"),
        r"\m(421|429|450|451|130429|131048|131056)\M|rate limit|too many (requests|messages|connections)|greylist",
    ),
    Reason("wording", _("the wording is not approved"), r"template|\m1320\d\d\M"),
    Reason(
        "keys", _("the provider does not accept our keys"), r"\m(190|401|403|530|535)\M|token|auth|password"
    ),
    Reason(
        "address",
        _("the mailbox or number does not exist"),
        r"\m(550|551|553)\M|5\.1\.\d|\m131026\M|does not exist|no such|unknown|undeliverable|not (a valid|on) "
        r"whatsapp|invalid (number|phone|recipient|address)",
    ),
    Reason(
        "silent",
        _("no answer"),
        r"time[d ]*-?out|refused|unreachable|no answer|connect|temporary failure|\m50[0234]\M",
    ),
    OTHER,
)
NAMED = {reason.name: reason for reason in REASONS}


def reasoned(messages: QuerySet[Message]) -> QuerySet:
    """The messages, each with the name of its `reason`."""
    cases = [
        When(last_words__iregex=each.words, then=Value(each.name)) for each in REASONS if each is not OTHER
    ]
    return messages.annotate(reason=Case(*cases, default=Value(OTHER.name), output_field=CharField()))


def failed() -> QuerySet[Message]:
    """What could not be sent and nobody has dealt with."""
    found: QuerySet[Message] = Message.objects.filter(state=Message.State.FAILED)
    return found


def tally(at: datetime) -> list[Tally]:
    """How many of the last 30 days could not be sent, by reason, the most frequent first."""
    return remembered(_counted(at))


def tally_along(at: datetime) -> ArraySubquery:
    """The same as a part of another query, for a page that counts its statements; read it with `remembered`."""
    return ArraySubquery(_counted(at))


def remembered(found: Iterable[Mapping[str, Any]]) -> list[Tally]:
    """What the database found."""
    return [(NAMED[each["reason"]], each["n"]) for each in found]


@act
def try_all_again(reason: str, *, by: Staff | None, at: datetime) -> int:
    """Send what failed for a reason in the last 30 days once more, the oldest first, at most AT_ONCE; says how many.
    What somebody deals with at this moment is left to them."""
    lately = reasoned(failed().filter(created_at__gte=at - LATELY)).filter(reason=reason)
    free = lately.select_for_update(no_key=True, skip_locked=True, of=("self",))
    found = list(free.order_by("created_at", "pk")[:AT_ONCE])
    for message in found:
        try_again(message, by=by, at=at)
    return len(found)


def _counted(at: datetime) -> QuerySet[Message, Any]:
    lately = reasoned(failed().filter(created_at__gte=at - LATELY))
    counted = lately.values("reason").annotate(n=Count("pk")).order_by("-n", "reason")
    return counted.annotate(facts=JSONObject(reason="reason", n="n")).values_list("facts", flat=True)
