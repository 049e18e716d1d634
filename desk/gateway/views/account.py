"""The owner sets up online payments: keys, the address for the webhook, a test of the connection."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from billing.gateways import accounts
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.refusals import Refused

from ..forms import AccountForm


@sensitive_post_parameters("key_secret", "webhook_secret")
@keyed
def gateway_settings(request: ClinicRequest) -> HttpResponse:
    """GET says how it stands; POST keeps the keys."""
    account = accounts.account()
    initial = {"key_id": account.key_id} if account else {}
    form = AccountForm(request.POST or None, is_set_up=account is not None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("key_id", "key_secret", "webhook_secret")}
        try:
            accounts.set_up(**given, by=request.staff, at=timezone.now())
        except Refused as refusal:
            form.add_error("key_secret", str(refusal))
        else:
            messages.success(request, _("Saved. Test the connection now."))
            return redirect("desk:gateway_settings", request.clinic.slug)
    webhook = settings.SITE_URL + reverse("desk:gateway_webhook", args=[request.clinic.slug])
    is_readable = account is not None and accounts.is_readable(account)
    context = {
        "account": account,
        "is_readable": is_readable,
        "form": form,
        "webhook": webhook,
        "key": new_key(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "desk/online/gateway_settings.html", context, status=status)


@require_POST
@keyed
def gateway_test(request: ClinicRequest) -> HttpResponse:
    """Have the worker ask the provider; the page says what came of it."""
    if account := accounts.account():
        accounts.ask_for_test(account, by=request.staff)
    return redirect("desk:gateway_settings", request.clinic.slug)


@require_POST
@keyed
def gateway_off(request: ClinicRequest) -> HttpResponse:
    """No new links from now on."""
    if account := accounts.account():
        accounts.switch_off(account, by=request.staff, at=timezone.now())
        messages.success(
            request, _("Online payments are off. What is paid by links that are out still comes in.")
        )
    return redirect("desk:gateway_settings", request.clinic.slug)
