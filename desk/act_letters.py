"""Receipts for what happens to a package beside its use, written in the act's own transaction.

No reason, and of the other patient the first name only: the passbook keeps the rest. What is written down days later is
no news.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic.messages import outbox
from clinic.messages.outbox import Occasion
from clinic.models import Clinic
from clinic.tenancy.context import current_clinic_id
from clinic.ui.words import day, session_count
from packages.announcing import listen
from packages.models import Change, ChangeKind, Entry, Package

from . import act_kinds as kinds
from .receipt_words import balance_words
from .receipts import NEWS

ONE = Decimal(1)
# The job that posts expiries may have stood still for some days.
LATE_EXPIRY = timedelta(days=7)


def listen_to_packages() -> None:
    """Have these letters written from now on."""
    listen("freeze", frozen)
    listen("unfreeze", thawed)
    listen("extend", extended)
    listen("add_closed_days", extended)
    listen("transfer_package", transferred)
    listen("undo_transfer", transfer_undone)
    listen("lapse", lapsed)
    listen("adjust_package", adjusted)


def frozen(change: Change) -> None:
    """Frozen from when to when, and to when it is valid now."""
    with _language_of(change.package):
        days = {"first_day": day(change.first_day), "last_day": day(change.last_day)}
        what = _("Your package is frozen from %(first_day)s to %(last_day)s.") % days
        _tell(change.package, f"change:{change.pk}", kinds.FREEZE, what, change.happened_on, **days)


def thawed(change: Change) -> None:
    """Not frozen any more. A freeze that nobody has been told of yet is taken back silently."""
    package = change.package
    waiting = outbox.cancel(kind=kinds.FREEZE, patient=package.patient_id, fields__package=str(package.pk))
    package.refresh_from_db(fields=["frozen"])
    if waiting and not package.frozen:
        return
    with _language_of(package):
        days = {"first_day": day(change.first_day)}
        what = _("From %(first_day)s on your package is not frozen any more.") % days
        _tell(package, f"change:{change.pk}", kinds.THAW, what, change.happened_on, **days)


def extended(change: Change) -> None:
    """Valid for longer, by decision or for the days on which the clinic was closed."""
    with _language_of(change.package):
        what = _("Your package was valid to %(before)s and is valid to %(until)s now.")
        days = {}
        if change.kind == ChangeKind.CLOSURE:
            what = _("We are closed from %(first_day)s to %(last_day)s: your package lasts to %(until)s now.")
            days = {"first_day": day(change.first_day), "last_day": day(change.last_day)}
        what %= {"before": day(change.valid_until_before), "until": day(change.valid_until), **days}
        _tell(change.package, f"change:{change.pk}", kinds.EXTENSION, what, change.happened_on, **days)


def transferred(made: Package) -> None:
    """Sessions moved: to who gave them and to who got them."""
    source = _source_of(made)
    with _language_of(source):
        facts = _moved(made.sessions_sold, to=made)
        what = _counted(
            made.sessions_sold,
            _("%(sessions)s session of your package was transferred to %(other)s."),
            _("%(sessions)s sessions of your package were transferred to %(other)s."),
        )
        _tell(source, f"transfer:{made.pk}:out", kinds.TRANSFER, what % facts, made.sold_on, **facts)
    with _language_of(made):
        facts = _moved(made.sessions_sold, to=source)
        what = _counted(
            made.sessions_sold,
            _("%(other)s transferred %(sessions)s session to you."),
            _("%(other)s transferred %(sessions)s sessions to you."),
        )
        _tell(made, f"transfer:{made.pk}:in", kinds.TRANSFER, what % facts, made.sold_on, **facts)


def transfer_undone(made: Package) -> None:
    """The sessions went back. Who has not been told yet of the transfer hears nothing of either."""
    today = _clinic().today()
    for package, other, side in ((_source_of(made), made, "out"), (made, _source_of(made), "in")):
        if outbox.cancel(occasion=f"transfer:{made.pk}:{side}"):
            continue
        with _language_of(package):
            facts = _moved(made.sessions_sold, to=other)
            what = _("The transfer of %(sessions)s sessions was undone.") % facts
            _tell(package, f"transfer-undone:{made.pk}:{side}", kinds.TRANSFER, what, today, **facts)


def lapsed(gone: list[Entry]) -> None:
    """What was left at the end of the last day."""
    package = gone[0].package
    assert package.valid_until
    if package.valid_until < _clinic().today() - LATE_EXPIRY:
        return
    sessions = sum((entry.taken for entry in gone), Decimal(0))
    with _language_of(package):
        facts = {"day": day(package.valid_until), "sessions": session_count(sessions)}
        what = _counted(
            sessions,
            _("Your package was valid to %(day)s. %(sessions)s session was not used and has lapsed."),
            _("Your package was valid to %(day)s. %(sessions)s sessions were not used and have lapsed."),
        )
        occasion = f"lapse:{package.pk}:{gone[0].pk}"
        _tell(package, occasion, kinds.EXPIRY, what % facts, None, sessions=facts["sessions"], valid_until="")


def adjusted(entry: Entry) -> None:
    """Sessions that somebody gave or took."""
    with _language_of(entry.package):
        facts = {"sessions": session_count(abs(entry.sessions))}
        if entry.sessions > 0:
            what = _counted(
                entry.sessions,
                _("%(sessions)s session was added to your package."),
                _("%(sessions)s sessions were added to your package."),
            )
        else:
            what = _counted(
                -entry.sessions,
                _("%(sessions)s session was taken from your package."),
                _("%(sessions)s sessions were taken from your package."),
            )
        _tell(entry.package, f"entry:{entry.pk}", kinds.ADJUSTMENT, what % facts, entry.happened_on, **facts)


def _tell(package: Package, name: str, kind: str, what: str, on: date | None, **facts: str) -> None:
    """Write it, with what is left now, unless it was written down long after its day."""
    if not package.patient.may_message:
        return
    clinic, now = _clinic(), timezone.now()
    if on and on < clinic.day_of(now - NEWS):
        return
    package.refresh_from_db(fields=["sessions_left", "valid_until"])
    fields = {
        "what": what,
        "balance": balance_words(
            package.sessions_left, package.valid_until if kind != kinds.EXPIRY else None
        ),
        "left": session_count(package.sessions_left),
        "valid_until": day(package.valid_until),
        "package": str(package.pk),
    }
    outbox.post(package.patient, Occasion(name, kind, fields | facts), clinic=clinic, at=now)


def _moved(sessions: Decimal, *, to: Package) -> dict[str, str]:
    return {"sessions": session_count(sessions), "other": to.patient.first_name}


def _counted(sessions: Decimal, one: str, many: str) -> str:
    return one if sessions == ONE else many


def _source_of(made: Package) -> Package:
    return Package.objects.select_related("patient").get(pk=made.moved_from_id)


def _clinic() -> Clinic:
    return Clinic.objects.get(pk=current_clinic_id())


def _language_of(package: Package) -> translation.override:
    return translation.override(package.patient.language)
