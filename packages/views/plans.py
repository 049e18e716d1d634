from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from packages.forms import PlanForm, plan_lines
from packages.models import Plan, PlanLine
from packages.plans import add_plan, change_plan


def plan_list(request: ClinicRequest) -> HttpResponse:
    """What is on sale, and what was."""
    lines = Prefetch(
        "lines", PlanLine.objects.filter(is_current=True).select_related("service").order_by("position")
    )
    plans = Plan.objects.annotate(sold=Count("packages")).prefetch_related(lines)
    context = {
        "plans": plans.order_by("-is_active", "price", "name"),
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
    form = PlanForm(request.POST or None, instance=plan, currency=request.clinic.currency)
    lines = plan_lines(request.POST, plan)
    if request.method != "POST" or not (form.is_valid() and lines.is_valid()):
        context = {"form": form, "lines": lines, "plan": plan, "key": request.POST.get("key") or new_key()}
        return render(request, "packages/plan_form.html", context, status=422 if request.POST else 200)
    if plan is None:
        add_plan(lines=lines.lines(), by=request.staff, **form.cleaned_data)
    else:
        fresh = Plan.objects.get(
            pk=plan.pk
        )  # the form has written on `plan`, and the audit wants what it was
        change_plan(fresh, lines=lines.lines(), by=request.staff, **form.cleaned_data)
    messages.success(request, _("Saved. Packs already sold keep their terms."))
    return redirect("packages:plan_list", request.clinic.slug)
