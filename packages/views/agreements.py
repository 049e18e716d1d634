from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused
from packages.agreement_form import AgreementForm
from packages.agreements import agree, agreed_terms
from packages.models import Package

from .acts import Page, leave, package_of, show


@keyed
def agreement(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """The terms of a package as they were agreed to; where they were not yet, somebody agrees here."""
    package = package_of(package_id)
    form = AgreementForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, package, form)
    try:
        agree(package, agreed=form.agreed, clinic=request.clinic, by=request.staff)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, package, form)
    return leave(request, package, _("The agreement to the terms is recorded."))


def _show(request: ClinicRequest, package: Package, form: AgreementForm) -> HttpResponse:
    terms = agreed_terms(package, clinic=request.clinic)
    page = Page(
        _("The terms, agreed to") if terms.agreement else _("Agree to the terms"),
        _(
            "The patient reads the terms, or hears them, and agrees by name or signature. Nothing waits for it."
        ),
        _("Record the agreement"),
    )
    is_open = terms.agreement is None and package.state not in Package.CLOSED
    return show(
        request, package, page, form if is_open else None, template="packages/agreement.html", terms=terms
    )
