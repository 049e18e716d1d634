from __future__ import annotations

import functools
import uuid

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.http import ClinicRequest
from clinic.models import Invitation, Staff
from clinic.refusals import Refused

from .forms import ColleagueForm, InvitationForm, NewColleagueForm
from .invitations import invite, revoke_invitation, waiting
from .mail import mail_invitation
from .services import add_colleague, change_colleague, deactivate, reactivate


@require_safe
def staff_list(request: ClinicRequest) -> HttpResponse:
    """Who works here, who is invited, who left."""
    everybody = Staff.objects.select_related("user").order_by("name")
    context = {
        "colleagues": [one for one in everybody if one.is_active],
        "gone": [one for one in everybody if not one.is_active],
        "invitations": waiting(at=timezone.now()),
    }
    return render(request, "clinic/staff/staff_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: ClinicRequest) -> HttpResponse:
    """Invite by e-mail. The answer shows the link, this once."""
    form = InvitationForm(request.POST or None, profile=request.clinic.profile)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, token = invite(**form.cleaned_data, at=timezone.now(), by=request.staff)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _show_link(request, invitation, token)
    return render(request, "clinic/staff/invite.html", {"form": form}, status=422 if form.is_bound else 200)


def _show_link(request: ClinicRequest, invitation: Invitation, token: str) -> HttpResponse:
    link = request.build_absolute_uri(reverse("invitation", args=[request.clinic.slug, token]))
    # After commit: nothing but the database inside the transaction.
    mail = functools.partial(mail_invitation, invitation, clinic=request.clinic, link=link)
    transaction.on_commit(mail, robust=True)
    return render(request, "clinic/staff/invited.html", {"invitation": invitation, "link": link}, status=201)


@require_POST
def revocation(request: ClinicRequest, invitation_id: uuid.UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    revoke_invitation(invitation, at=timezone.now(), by=request.staff)
    messages.success(request, _("The invitation of %(name)s is withdrawn.") % {"name": invitation.name})
    return redirect("staff:staff_list", request.clinic.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def staff_new(request: ClinicRequest) -> HttpResponse:
    """Somebody without a login, such as a therapist who only treats."""
    form = NewColleagueForm(request.POST or None, profile=request.clinic.profile)
    if request.method == "POST" and form.is_valid():
        add_colleague(**form.cleaned_data, by=request.staff)
        return redirect("staff:staff_list", request.clinic.slug)
    return render(
        request, "clinic/staff/staff_new.html", {"form": form}, status=422 if form.is_bound else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def staff_edit(request: ClinicRequest, staff_id: uuid.UUID) -> HttpResponse:
    colleague = get_object_or_404(Staff.objects.select_related("user"), pk=staff_id)
    form = ColleagueForm(request.POST or None, instance=colleague, profile=request.clinic.profile)
    if request.method == "POST" and form.is_valid():
        try:
            change_colleague(colleague, **form.cleaned_data, by=request.staff)
        except Refused as refused:
            form.add_error("role", str(refused))
        else:
            return redirect("staff:staff_list", request.clinic.slug)
    context = {"form": form, "colleague": colleague}
    return render(request, "clinic/staff/staff_edit.html", context, status=422 if form.is_bound else 200)


@require_POST
def deactivation(request: ClinicRequest, staff_id: uuid.UUID) -> HttpResponse:
    colleague = get_object_or_404(Staff, pk=staff_id)
    try:
        deactivate(colleague, by=request.staff)
    except Refused as refused:
        return render(request, "422.html", {"exception": str(refused)}, status=422)
    messages.success(request, _("%(name)s can no longer open this clinic.") % {"name": colleague.name})
    return redirect("staff:staff_list", request.clinic.slug)


@require_POST
def return_(request: ClinicRequest, staff_id: uuid.UUID) -> HttpResponse:
    colleague = get_object_or_404(Staff, pk=staff_id)
    reactivate(colleague, by=request.staff)
    messages.success(request, _("%(name)s works here again.") % {"name": colleague.name})
    return redirect("staff:staff_list", request.clinic.slug)
