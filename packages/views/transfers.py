"""Sessions that move to another patient, and their way back while none was used."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient, Relation
from clinic.patients.rows import rows_of
from clinic.patients.search import find_patients
from packages import foresight, transfers
from packages.act_forms import ReasonForm, TransferForm
from packages.models import Package, PackageLine, TransferRule
from packages.passbook_words import count_of

from .acts import Page, address, asked, attempt, leave, package_of, show

TRANSFER = Page(
    gettext_lazy("Transfer sessions"),
    gettext_lazy(
        "They leave this package with their value and open a package of their own, by the same terms."
    ),
    gettext_lazy("Transfer"),
    "send",
)
UNDOING = Page(
    gettext_lazy("Undo the transfer"),
    gettext_lazy("The sessions go back to the package they came from. Both passbooks say so."),
    gettext_lazy("Give them back"),
    "undo-2",
)


@keyed
def transfer(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """GET finds who gets them, then shows the value that moves. POST moves them and leads to the new package (S53)."""
    package = package_of(package_id)
    to = _recipient(request)
    if to is None or to.pk == package.patient_id or _why_not(package):
        return _choose(request, package)
    form, facts = asked(partial(TransferForm, package=package), request, **_all_left(package))
    made = attempt(request, form, partial(transfers.transfer, package, to=to))
    if made:
        return _moved(request, package, made)
    value = _value(package, **facts)
    after = None if value is None else package.sessions_left - facts["sessions"]
    more = {"to": to, "value": value, "after": after}
    return show(request, package, TRANSFER, form, template="packages/transfer.html", **more)


@keyed
def transfer_undoing(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """Give transferred sessions back while none of them was used."""
    package = package_of(package_id)
    form, _facts = asked(ReasonForm, request)
    entry = attempt(request, form, partial(transfers.undo_transfer, package))
    if entry:
        sentence = _("Undone: %(sessions)s are on this package again.")
        return leave(request, entry.package, sentence % {"sessions": count_of(entry.sessions)})
    why_not = "" if may_be_undone(package) else str(transfers.TransferUsed())
    if package.moved_from is None:
        why_not = str(transfers.NoTransfer())
    return show(request, package, UNDOING, form, why_not=why_not)


def may_be_undone(package: Package) -> bool:
    """Whether it came from a transfer of which all is left."""
    return package.moved_from_id is not None and package.sessions_left == package.sessions_sold


def _choose(request: ClinicRequest, package: Package) -> HttpResponse:
    """Whom the desk looks for; before it looks for anybody, whom the patient has named."""
    text = request.GET.get("q", "").strip()
    found = find_patients(text) if text else _named_by(package, request)
    rows = rows_of([patient for patient in found if patient.pk != package.patient_id], request.clinic)
    return show(
        request,
        package,
        TRANSFER,
        None,
        template="packages/transfer_choice.html",
        text=text,
        rows=rows,
        why_not=_why_not(package),
        only_named=package.transfer_rule == TransferRule.NAMED,
    )


def _named_by(package: Package, request: ClinicRequest) -> list[Patient]:
    relations = Relation.objects.filter(owner=package.patient_id).select_related("person")
    today = request.clinic.today()
    return [relation.person for relation in relations if relation.holds_on(today)]


def _recipient(request: ClinicRequest) -> Patient | None:
    chosen = request.POST.get("to") or request.GET.get("to") or ""
    try:
        return get_object_or_404(Patient, pk=UUID(chosen), merged_into=None)
    except ValueError:
        return None


def _all_left(package: Package) -> dict[str, object]:
    line = package.lines.filter(sessions_left__gt=0).order_by("is_bonus", "position").first()
    return {"line": line.pk, "sessions": line.sessions_left} if line else {}


def _value(
    package: Package, line: PackageLine | None = None, sessions: Decimal | None = None, **_rest: object
) -> Decimal | None:
    if line is None or sessions is None or sessions > line.sessions_left:
        return None
    return foresight.moved_value(package, line, sessions)


def _why_not(package: Package) -> str:
    if package.state != Package.State.ACTIVE:
        state = {"state": package.get_state_display()}
        return _("The package is %(state)s; nothing can be transferred from it.") % state
    if package.transfer_rule == TransferRule.NOBODY:
        return _("By its terms sessions of this package cannot be transferred.")
    if not package.is_paid:
        return _("The package is not paid in full: its sessions cannot be transferred yet.")
    return "" if package.sessions_left else _("Nothing is left on this package.")


def _moved(request: ClinicRequest, package: Package, made: Package) -> HttpResponse:
    """To the new package, with the way back."""
    facts = {"sessions": count_of(made.sessions_sold), "name": made.patient.name, "number": made.number}
    sentence = _("%(sessions)s moved to package %(number)d of %(name)s.") % facts
    undo = address(request, "packages:transfer_undoing", made, reason=_("Transferred by mistake"))
    messages.success(request, format_html('{} <a href="{}">{}</a>', sentence, undo, _("Undo")))
    return redirect("packages:package_detail", request.clinic.slug, made.pk)
