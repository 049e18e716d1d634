"""Joining a clinic by the link one was sent."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.models import Clinic
from clinic.navigation import start_of
from clinic.refusals import Refused
from clinic.staff.invitations import accept_invitation, find_invitation
from clinic.tenancy.context import clinic_context


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, clinic: str, token: str) -> HttpResponse:
    """Shows who invites, and to what. Joining is a press; signed out, one signs in or up first.

    A link that is unknown, used, withdrawn or too old is a 404, of whichever clinic.
    """
    found = get_object_or_404(Clinic, slug=clinic)
    with clinic_context(found.pk, user_id=request.user.pk):
        invited = find_invitation(token, at=timezone.now())
        if invited is None:
            raise Http404
        context = {"clinic": found, "invitation": invited, "refusal": ""}
        if request.method == "POST" and request.user.is_authenticated:
            try:
                staff = accept_invitation(invited, user=request.user, at=timezone.now())
            except Refused as refused:
                context["refusal"] = str(refused)
            else:
                staff.clinic = found
                return redirect(start_of(staff))
        return render(request, "clinic/invitation.html", context, status=422 if context["refusal"] else 200)
