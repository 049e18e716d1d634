"""By which rules somebody is paid: those that hold, those of before, and a new one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Staff
from clinic.refusals import Refused
from visits.models import PayRule
from visits.pay import add_pay_rule
from visits.pay_words import besides, example, rate

from ..pay_rule_form import PayRuleForm

ON_A_PAGE = 25


@keyed
def pay_rules(request: ClinicRequest, staff_id: UUID) -> HttpResponse:
    """GET tells every rule with what it comes to. POST adds one, which holds from its day on."""
    staff = get_object_or_404(Staff, pk=staff_id)
    form = _form(request)
    if form.is_bound and form.is_valid() and _add(request, staff, form):
        return redirect("desk:pay_rules", request.clinic.slug, staff.pk)
    rules = PayRule.objects.filter(staff=staff).select_related("service", "by")
    page = Paginator(rules.order_by("-from_day", "-recorded_at", "-id"), ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    currency = request.clinic.currency
    context = {
        "colleague": staff,
        "form": form,
        "page": page,
        "rules": [
            (rule, rate(rule, currency), example(rule, currency), besides(rule, currency)) for rule in page
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/pay_rules.html", context, status=status)


def _form(request: ClinicRequest) -> PayRuleForm:
    currency = request.clinic.currency
    if request.method == "POST":
        return PayRuleForm(request.POST, currency=currency)
    first = request.clinic.today().replace(day=1)
    usual = {"kind": PayRule.Kind.PER_SESSION, "from_day": first, "pays_free": True}
    return PayRuleForm(initial=usual, currency=currency)


def _add(request: ClinicRequest, staff: Staff, form: PayRuleForm) -> bool:
    facts = {name: value for name, value in form.cleaned_data.items() if name != "key"}
    clinic = request.clinic
    try:
        rule = add_pay_rule(
            staff, on=clinic.today(), clinic=clinic, by=request.staff, key=request.key, **facts
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("The rule holds. %(example)s") % {"example": example(rule, clinic.currency)})
    return True
