"""Instalments: the list of those that ask for something, the page where they are agreed, and reminding of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.instalment_states import of_line, part_of
from billing.instalments import agree_instalments
from billing.models import BillLine, Instalment, InstalmentPlan
from billing.payments import with_owed
from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.models import Message
from clinic.phones import display_phone
from clinic.refusals import Refused

from ..instalments_agreeing import AgreeingForm
from ..instalments_form import InstalmentsAsked
from ..instalments_list import VIEWS, counts, waiting
from ..instalments_reminders import remind

ON_A_PAGE = 50


@require_safe
def instalment_list(request: ClinicRequest) -> HttpResponse:
    """Instalments that ask for something: overdue, due today, or in the next two weeks."""
    today = request.clinic.today()
    view = request.GET.get("view", "")
    view = view if view in VIEWS else next(iter(VIEWS))
    found = counts(today)
    # The count of the view is known already: the paginator need not ask for it again.
    pages = Paginator(waiting(view, today), ON_A_PAGE)
    pages.count = found[view][0]
    page = pages.get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(part_of(row, on=today), _phone(request, row), new_key()) for row in page],
        "tabs": [
            {"url": f"?view={name}", "label": label, "count": found[name][0], "current": name == view}
            for name, label in VIEWS.items()
        ],
        "view": view,
        "sum": found[view][1],
        "may_act": may(request.staff, "agree_instalments"),
    }
    return render(request, "desk/instalments.html", context)


@keyed
def instalment_plan(request: ClinicRequest, line_id: UUID) -> HttpResponse:
    """How the instalments of a bill's line stand; POST agrees on what is owed, or agrees anew."""
    lines = with_owed().filter(credits__isnull=True).select_related("bill__patient")
    line = get_object_or_404(lines, pk=line_id)
    schedule = of_line(line, clinic=request.clinic, on=request.clinic.today())
    asked = InstalmentsAsked(request.POST, total=line.owed, clinic=request.clinic)
    form = AgreeingForm(request.POST, replaces=schedule and schedule.plan.pk)
    if request.method != "POST" or not (form.is_valid() and asked.is_settled):
        return _page(request, line, schedule=schedule, asked=asked, form=form)
    try:
        plan = _agree(request, line, asked, form)
    except Refused as refusal:
        return _page(request, line, schedule=schedule, asked=asked, form=form, refusal=refusal)
    messages.success(request, _("The instalments are agreed."))
    has_deposit = plan.instalments.filter(due_on=plan.agreed_on).exists()
    next_page = "desk:payment" if has_deposit else "desk:patient_file"
    return redirect(next_page, request.clinic.slug, line.bill.patient_id)


@require_POST
@keyed
def instalment_reminder(request: ClinicRequest, instalment_id: UUID) -> HttpResponse:
    """Remind of one instalment now; whom no channel reaches is on the list of whom to tell by hand."""
    instalment = get_object_or_404(Instalment, pk=instalment_id)
    try:
        sent = remind(instalment, clinic=request.clinic, on=request.clinic.today(), by=request.staff)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("desk:instalments", request.clinic.slug)
    if sent is None:
        messages.info(request, _("Nothing of this instalment is left to pay."))
    elif sent.channel != Message.Channel.BY_HAND:
        messages.success(request, _("The reminder goes to %(address)s.") % {"address": sent.address})
    else:
        messages.success(request, _("The reminder is on the list to tell by hand."))
        return redirect("desk:renewals", request.clinic.slug)
    return redirect("desk:instalments", request.clinic.slug)


def _phone(request: ClinicRequest, row: Instalment) -> str:
    phone = row.plan.line.bill.patient.phone
    return display_phone(phone, request.clinic.country) if phone else ""


def _agree(
    request: ClinicRequest, line: BillLine, asked: InstalmentsAsked, form: AgreeingForm
) -> InstalmentPlan:
    seen = form.cleaned_data["replaces"]
    return agree_instalments(
        line,
        rows=asked.agreed(),
        clinic=request.clinic,
        at=timezone.now(),
        by=request.staff,
        key=request.key,
        replaces=InstalmentPlan(pk=seen) if seen else None,
        reason=form.cleaned_data.get("reason", ""),
    )


def _page(request: ClinicRequest, line: BillLine, **context: Any) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context |= {"line": line, "patient": line.bill.patient}
    return render(request, "desk/instalment_plan.html", context, status=status)
