"""The clinic's account: its secrets are sealed, never shown, and only the owner sets it up."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from billing.gateways import accounts
from billing.gateways.razorpay import Razorpay
from billing.models import GatewayAccount
from clinic import sealing
from clinic.access import NotAllowed
from clinic.models import AuditEvent, Clinic, Role
from clinic.tenancy.context import clinic_context
from tests.factories import member, owner_of
from tests.written import everything


def set_up(clinic: Clinic, **facts: Any) -> GatewayAccount:
    given = {"key_id": "rzp_test_1", "key_secret": "s3cret-key", "webhook_secret": "s3cret-hook"}
    return accounts.set_up(**given | {"by": owner_of(clinic), "at": timezone.now()} | facts)


def test_what_is_kept_of_the_secrets_is_sealed(asha: Clinic) -> None:
    set_up(asha)

    kept = GatewayAccount.objects.get()
    assert b"s3cret" not in bytes(kept.key_secret) + bytes(kept.webhook_secret)
    assert accounts.gateway_of(kept) == Razorpay("rzp_test_1", "s3cret-key", "s3cret-hook")


def test_no_secret_is_in_the_audit_or_in_what_a_log_prints(asha: Clinic) -> None:
    account = set_up(asha)
    set_up(asha, key_secret="s3cret-two", webhook_secret="")

    first, second = AuditEvent.objects.filter(act="set_up_gateway").order_by("at", "pk")
    assert first.after == {"key_id": "rzp_test_1", "is_on": True, "new": ["key_secret", "webhook_secret"]}
    assert (second.after or {})["new"] == ["key_secret"]
    for words in (
        *map(str, AuditEvent.objects.values_list("after", flat=True)),
        repr(accounts.gateway_of(account)),
    ):
        assert "s3cret" not in words


def test_sealed_twice_looks_different_and_opens_only_at_its_place() -> None:
    first, second = (sealing.seal("s3cret", place="1:key_secret") for _ in range(2))

    assert first != second
    assert sealing.unseal(first, place="1:key_secret") == "s3cret"
    for sealed, place in (
        (first, "2:key_secret"),
        (first[:-1] + b"x", "1:key_secret"),
        (b"", "1:key_secret"),
    ):
        with pytest.raises(sealing.CannotOpen):
            sealing.unseal(sealed, place=place)


def test_after_a_new_secret_key_the_earlier_one_still_opens(settings: Any) -> None:
    sealed = sealing.seal("s3cret", place="here")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]

    assert sealing.unseal(sealed, place="here") == "s3cret"


def test_with_a_secret_key_that_is_lost_the_account_says_so(asha: Clinic, settings: Any) -> None:
    account = set_up(asha)
    settings.SECRET_KEY = "another" * 10

    assert not accounts.is_readable(account)
    with pytest.raises(accounts.NotSetUp):
        accounts.gateway_of(account)


@pytest.mark.parametrize("lacks", ["key_secret", "webhook_secret"])
def test_a_secret_that_was_never_given_is_asked_for(asha: Clinic, lacks: str) -> None:
    before = everything()

    with pytest.raises(accounts.SecretsMissing):
        set_up(asha, **{lacks: ""})

    assert everything() == before


def test_another_key_id_needs_its_own_secret(asha: Clinic) -> None:
    set_up(asha)

    with pytest.raises(accounts.SecretsMissing):
        set_up(asha, key_id="rzp_live_2", key_secret="")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
def test_only_the_owner_sets_it_up(asha: Clinic, role: Role) -> None:
    with pytest.raises(NotAllowed):
        set_up(asha, by=member(asha, role))

    assert accounts.account() is None


def test_what_was_tested_is_the_account_as_it_was(asha: Clinic) -> None:
    tested = set_up(asha)
    accounts.ask_for_test(tested, by=owner_of(asha))
    set_up(asha, key_id="rzp_test_1")

    accounts.record_test(tested, GatewayAccount.Checked.FINE, timezone.now())

    assert GatewayAccount.objects.get().checked == GatewayAccount.Checked.NEVER


def test_another_clinic_has_an_account_of_its_own(asha: Clinic, other_clinic: Clinic) -> None:
    set_up(asha)

    with clinic_context(other_clinic.pk):
        assert accounts.account() is None
