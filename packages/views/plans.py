from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from packages.clauses import Clause, deal_of, spoken
from packages.models import Plan, PlanLine
from packages.plan_forms import PlanForm
from packages.plan_lines import plan_lines
from packages.plan_summaries import summaries
from packages.plans import add_plan, change_plan


def plan_list(request: ClinicRequest) -> HttpResponse:
    """What is on sale, and what was, each with its key terms."""
    current = PlanLine.objects.filter(is_current=True).select_related("service").order_by("position")
    lines = Prefetch("lines", current.prefetch_related("alternatives__service"))
    plans = Plan.objects.annotate(sold=Count("packages")).prefetch_related(lines)
    context = {
        "plans": summaries(plans.order_by("-is_active", "price", "name"), request.clinic),
        "may_edit": may(request.staff, "edit_plans"),
    }
    return render(request, "packages/plan_list.html", context)


@keyed
def plan_new(request: ClinicRequest) -> HttpResponse:
    """A new plan."""
    return _edit(request, None)


@keyed
def plan_detail(request: ClinicRequest, plan_id: UUID) -> HttpResponse:
    """Change a plan; packs already sold keep their terms."""
    return _edit(request, get_object_or_404(Plan, pk=plan_id))


def _edit(request: ClinicRequest, plan: Plan | None) -> HttpResponse:
    """Saved by POST. A GET that carries the fields, and the button that only looks, show the sentences of what is typed
    so far and save nothing."""
    typed = request.POST or (request.GET if "name" in request.GET else None)
    form = PlanForm(typed, instance=plan, currency=request.clinic.currency)
    lines = plan_lines(typed, plan, currency=request.clinic.currency)
    is_complete = form.is_valid() and lines.is_valid()
    if request.method != "POST" or "look" in request.POST or not is_complete:
        return _show(request, plan, form, lines)
    if plan is None:
        add_plan(lines=lines.lines(), by=request.staff, **form.cleaned_data)
    else:
        # The form has written on `plan`, and the audit wants what it was.
        fresh = Plan.objects.get(pk=plan.pk)
        change_plan(fresh, lines=lines.lines(), by=request.staff, **form.cleaned_data)
    messages.success(request, _("Saved. Packs already sold keep their terms."))
    return redirect("packages:plan_list", request.clinic.slug)


def _show(request: ClinicRequest, plan: Plan | None, form: PlanForm, lines: Any) -> HttpResponse:
    context = {
        "form": form,
        "lines": lines,
        "plan": plan,
        "clauses": _preview(request, plan, form, lines),
        "key": request.POST.get("key") or new_key(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "packages/plan_form.html", context, status=status)


def _preview(request: ClinicRequest, plan: Plan | None, form: PlanForm, lines: Any) -> list[Clause]:
    """The sentences as far as they can be said: what is wrong or missing is left as it was."""
    typed = lines.lines() if form.is_bound else None if plan else []
    return spoken(deal_of(form.instance, clinic=request.clinic, lines=typed))
