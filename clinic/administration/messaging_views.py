"""The owner decides how messages go: channels and hours, accounts, and which kinds of messages."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.messages import accounts, deciding
from clinic.messages.account_fields import FACTS
from clinic.messages.rules import settings_of
from clinic.models import ChannelAccount, Clinic, Message

from .messaging_forms import AccountForm, RulesForm, SendingForm, add_faults

Channel = Message.Channel


@keyed
def message_settings(request: ClinicRequest) -> HttpResponse:
    """The channels in their order, their accounts, the hours."""
    form = SendingForm(request.POST or None, kept=settings_of())
    if request.method == "POST" and form.is_valid():
        try:
            deciding.decide_sending(**form.facts(), by=request.staff)
        except deciding.NotDecided as refused:
            add_faults(form, refused.faults)
        else:
            messages.success(request, _("Saved."))
            return redirect("administration:message_settings", request.clinic.slug)
    found = {account.channel: account for account in ChannelAccount.objects.all()}
    context = {"form": form, "accounts": [(Channel(name), found.get(name)) for name in FACTS]}
    return render(request, "clinic/administration/message_settings.html", context, status=_status(form))


@sensitive_post_parameters()
@keyed
def message_account(request: ClinicRequest, channel: str) -> HttpResponse:
    """The clinic's account at the provider of a channel: what it is asked with."""
    if channel not in FACTS:
        raise Http404
    account = accounts.account_row(channel)
    form = AccountForm(request.POST or None, channel=channel, account=account)
    if request.method == "POST" and form.is_valid():
        facts = {"facts": form.facts(), "secrets": form.secrets()}
        try:
            accounts.set_up(channel, **facts, by=request.staff, at=timezone.now())
        except accounts.AccountRefused as refused:
            add_faults(form, refused.faults)
        else:
            messages.success(request, _("Saved."))
            return redirect("administration:message_account", request.clinic.slug, channel)
    context = {
        "form": form,
        "channel": Channel(channel),
        "account": account,
        "is_readable": account is None or accounts.is_readable(account),
        "hook": _hook(request.clinic, channel) if account else "",
        "key": new_key(),
    }
    return render(request, "clinic/administration/message_account.html", context, status=_status(form))


@require_POST
@keyed
def account_switch(request: ClinicRequest, channel: str) -> HttpResponse:
    """Use the account (`is_on=yes`), or do not."""
    account = get_object_or_404(ChannelAccount, channel=channel)
    is_on = request.POST.get("is_on") == "yes"
    accounts.switch(account, is_on=is_on, by=request.staff, at=timezone.now())
    said = _("The channel is on.") if is_on else _("The channel is off. What waits goes on to the next one.")
    messages.success(request, said)
    return redirect("administration:message_account", request.clinic.slug, channel)


@keyed
def message_rules(request: ClinicRequest) -> HttpResponse:
    """Every kind of message: whether, by hand too, when; and the way to its words."""
    form = RulesForm(request.POST or None, kept=settings_of())
    if request.method == "POST" and form.is_valid():
        try:
            deciding.decide_rules(form.decisions(), by=request.staff)
        except deciding.NotDecided as refused:
            add_faults(form, refused.faults)
        else:
            messages.success(request, _("Saved."))
            return redirect("administration:message_rules", request.clinic.slug)
    context = {"form": form, "groups": list(form.groups()), "languages": settings.LANGUAGES}
    return render(request, "clinic/administration/message_rules.html", context, status=_status(form))


def _hook(clinic: Clinic, channel: str) -> str:
    """Where the provider reports; nothing where this installation does not listen."""
    try:
        if channel == Channel.WHATSAPP:
            return settings.SITE_URL + reverse("hook_whatsapp", args=[clinic.slug])
        secret = accounts.account_of(channel, also_off=True).secrets[accounts.HOOK]
        return settings.SITE_URL + reverse("hook_sms", args=[clinic.slug, secret])
    except (NoReverseMatch, accounts.NoAccount):
        return ""


def _status(form: SendingForm | AccountForm | RulesForm) -> int:
    return 422 if form.is_bound else 200
