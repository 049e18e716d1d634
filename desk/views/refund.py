"""What a package would be refunded with, line by line, and the refund itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic import money
from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused
from packages import ledger
from packages.models import Package
from packages.refunds import NothingToRefund, Quote, UnderDispute, quote_refund
from packages.states import notes_of, state_of
from packages.views.acts import package_of

from ..refund_form import RefundForm
from ..refunds import Refunded, refund_package


@require_safe
def refund(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """The arithmetic for what is left today, for everybody who may look; the owner confirms it here."""
    package = package_of(package_id)
    quote = quote_refund(package)
    return _page(request, package, quote, _form(request, quote))


@keyed
def refund_making(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """Make the refund that was shown. The quote stands on the page before this one."""
    package = package_of(package_id)
    if request.method != "POST":
        return redirect("desk:refund", request.clinic.slug, package.pk)
    quote = quote_refund(package)
    form = _form(request, quote, request.POST)
    if not form.is_valid():
        return _page(request, package, quote, form)
    facts = form.cleaned_data
    try:
        made = refund_package(
            package,
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
            reason=facts["reason"],
            shown=facts["shown"],
            pay_out=form.tender(),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, package, quote, form)
    messages.success(request, _done(request, made))
    return redirect("packages:package_detail", request.clinic.slug, package.pk)


def _form(request: ClinicRequest, quote: Quote, *sent: Any) -> RefundForm:
    return RefundForm(
        *sent, amount=quote.amount, currency=request.clinic.currency, initial={"goes": "paid_out"}
    )


def _page(request: ClinicRequest, package: Package, quote: Quote, form: RefundForm) -> HttpResponse:
    today = request.clinic.today()
    context = {
        "package": package,
        "state": state_of(package, today),
        "notes": notes_of(package, today),
        "page": {
            "title": _("Refund"),
            "intro": _("What the terms say is paid back for all that is left, as of today."),
        },
        "quote": quote,
        "form": form if may(request.staff, "refund_package") else None,
        "why_not": _why_not(package),
    }
    return render(request, "desk/refund.html", context, status=422 if form.is_bound else 200)


def _why_not(package: Package) -> str:
    if package.state in Package.CLOSED:
        return str(ledger.PackageClosed(package))
    if package.set_aside:
        return str(UnderDispute())
    return "" if package.sessions_left else str(NothingToRefund())


def _done(request: ClinicRequest, made: Refunded) -> str:
    """What became of the money, and where the credit note is."""
    facts = {"amount": _said(request, made.amount), "credit": _said(request, made.credit)}
    if not made.amount:
        sentence = _("The package is closed. By its terms nothing is paid back.")
    elif not made.credit:
        sentence = _("Refunded: %(amount)s paid out.") % facts
    elif made.paid_out:
        sentence = _("Refunded: %(amount)s, of which %(credit)s stay as account credit.") % facts
    else:
        sentence = _("Refunded: %(amount)s stay as the patient’s account credit.") % facts
    if made.note is None:
        return sentence
    return format_html("{} {} {}.", sentence, made.note.get_kind_display(), made.note.name)


def _said(request: ClinicRequest, amount: Any) -> str:
    return money.format_money(amount, request.clinic.currency, get_language() or "en-in")
