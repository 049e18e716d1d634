"""The clinic's account at the provider: set up, tested and switched off by the owner, opened by the worker."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import GatewayAccount
from clinic import access, audit, sealing
from clinic.acts import act
from clinic.models import Staff
from clinic.refusals import Refused
from clinic.tenancy.context import current_clinic_id

from . import doorbell
from .interface import Gateway
from .razorpay import Razorpay

Checked = GatewayAccount.Checked


class SecretsMissing(Refused):
    def __init__(self) -> None:
        super().__init__(_("Write the key secret and the webhook secret of this key."))


class NotSetUp(Refused):
    """There is no account, it is switched off, or its secrets cannot be read."""

    def __init__(self) -> None:
        super().__init__(_("Online payments are not set up. The owner does it in the settings."))


def account() -> GatewayAccount | None:
    """The clinic's account, whether it is in use or not."""
    found: GatewayAccount | None = GatewayAccount.objects.first()
    return found


def is_on() -> bool:
    """Whether links can be made."""
    return bool(GatewayAccount.objects.filter(is_on=True).exists())


def gateway_of(account: GatewayAccount | None) -> Gateway:
    """The provider, ready to be asked. Raises NotSetUp; one that is switched off still hears what comes in."""
    if account is None:
        raise NotSetUp
    try:
        secret, webhook = (
            sealing.unseal(getattr(account, name), place=_place(name))
            for name in ("key_secret", "webhook_secret")
        )
    except sealing.CannotOpen as error:
        raise NotSetUp from error
    return Razorpay(account.key_id, secret, webhook)


def is_readable(account: GatewayAccount) -> bool:
    """Whether its secrets can be opened; not after a change of SECRET_KEY."""
    try:
        gateway_of(account)
    except NotSetUp:
        return False
    return True


@act
def set_up(
    *, key_id: str, key_secret: str, webhook_secret: str, by: Staff | None, at: datetime
) -> GatewayAccount:
    """Keep the account's keys; a secret left empty stays as it was. Refuses one that was never given.

    Another key id needs its own secret. The connection counts as not tested from then on.
    """
    access.require(by, "manage_clinic")
    kept = GatewayAccount.objects.select_for_update(no_key=True).first()
    before = {"key_id": kept.key_id, "is_on": kept.is_on} if kept else None
    if (not webhook_secret and kept is None) or (not key_secret and (kept is None or kept.key_id != key_id)):
        raise SecretsMissing
    account = kept or GatewayAccount()
    account.key_id, account.is_on, account.changed_at = key_id, True, at
    account.checked, account.checked_at = Checked.NEVER, None
    given = {"key_secret": key_secret, "webhook_secret": webhook_secret}
    for name, secret in given.items():
        if secret:
            setattr(account, name, sealing.seal(secret, place=_place(name)))
    account.save()
    after = {"key_id": key_id, "is_on": True, "new": sorted(name for name in given if given[name])}
    audit.record("set_up_gateway", account, by=by, before=before, after=after)
    return account


@act
def switch_off(account: GatewayAccount, *, by: Staff | None, at: datetime) -> GatewayAccount:
    """No new links. What is paid by those that are out still comes in. Twice is once."""
    access.require(by, "manage_clinic")
    kept: GatewayAccount = GatewayAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if kept.is_on:
        kept.is_on, kept.changed_at = False, at
        kept.save(update_fields=["is_on", "changed_at"])
        audit.record("switch_off_gateway", kept, by=by, before={"is_on": True}, after={"is_on": False})
    return kept


@act
def ask_for_test(account: GatewayAccount, *, by: Staff | None) -> None:
    """Have the worker ask the provider for something small; the page says what came of it."""
    access.require(by, "manage_clinic")
    GatewayAccount.objects.filter(pk=account.pk).update(checked=Checked.WANTED, checked_at=None)
    audit.record("test_gateway", account, by=by)
    transaction.on_commit(partial(doorbell.ring, current_clinic_id()), robust=True)


def record_test(account: GatewayAccount, checked: str, at: datetime) -> None:
    """What came of the test, where it is still the same account that was tested."""
    GatewayAccount.objects.filter(
        pk=account.pk, changed_at=account.changed_at, checked=Checked.WANTED
    ).update(checked=checked, checked_at=at)


def _place(name: str) -> str:
    return f"{current_clinic_id()}:{name}"
