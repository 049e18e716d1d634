"""Taking back a sale that was a mistake."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.http import ClinicRequest
from clinic.keys import keyed
from packages import ledger
from packages.act_forms import ReasonForm
from packages.models import Package
from packages.views.acts import Page, asked, attempt, leave, package_of, show

from ..voiding import Voided, void_sale

VOIDING = Page(
    gettext_lazy("Sold by mistake"),
    gettext_lazy(
        "The sale is taken back whole. Its number stays; a credit note answers its bill, and what was paid becomes"
        " account credit."
    ),
    gettext_lazy("Take the sale back"),
    "trash-2",
    is_danger=True,
)


@keyed
def voiding(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """Take the sale back, with a reason (S54)."""
    package = package_of(package_id)

    def void(on: object, **facts: Any) -> Voided:
        return void_sale(package, clinic=request.clinic, at=timezone.now(), **facts)

    form, _facts = asked(ReasonForm, request)
    made = attempt(request, form, void)
    if made:
        facts = {"number": package.number, "note": made.note.name if made.note else ""}
        sentence = (
            _("Package %(number)d is void. Credit note %(note)s.")
            if made.note
            else _("Package %(number)d is void.")
        )
        return leave(request, package, sentence % facts)
    return show(request, package, VOIDING, form, why_not=_why_not(package))


def _why_not(package: Package) -> str:
    if package.state in Package.CLOSED:
        return str(ledger.PackageClosed(package))
    if package.moved_from_id:
        return _("This package came by a transfer. Undo the transfer instead.")
    if package.sessions_left != package.sessions_sold:
        return _("Sessions of this package were used or moved. Take them back first, or make a refund.")
    return ""
