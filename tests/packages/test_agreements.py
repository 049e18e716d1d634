"""The patient's agreement to the terms: by name or signature, once, with the sentences as they were shown."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import translation

from clinic.access import NotAllowed
from clinic.models import AuditEvent, Clinic, Role
from packages.agreements import Agreed, AgreedBefore, NobodyAgreed, NotASignature, agree
from packages.clauses import clauses_of
from packages.ledger import PackageClosed
from packages.models import Agreement, Package
from packages.standing import void
from tests.factories import member, owner_of, package, plan

SIGNATURE = "M20 60L60 20L100 90L140 30"


@pytest.fixture
def pack(asha: Clinic) -> Package:
    return package(asha, of=plan(validity_count=3))


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def agreed(pack: Package, clinic: Clinic, name: str = "Radha", signature: str = "") -> Agreement:
    return agree(pack, agreed=Agreed(name, signature), clinic=clinic, by=owner_of(clinic))


def test_the_sentences_are_kept_as_they_were_shown(asha: Clinic, pack: Package) -> None:
    with translation.override("hi"):
        made = agreed(pack, asha, " Radha ", SIGNATURE)
        shown = clauses_of(pack, clinic=asha)

    made.refresh_from_db()
    assert (made.name, made.signature, made.language) == ("Radha", SIGNATURE, "hi")
    assert [(c["code"], c["title"], c["sentence"]) for c in made.sentences] == [
        (c.code, c.title, c.sentence) for c in shown
    ]
    assert AuditEvent.objects.filter(act="agree_to_terms", subject_id=pack.pk).count() == 1


def test_the_same_agreement_again_is_the_same_and_another_is_refused(asha: Clinic, pack: Package) -> None:
    first = agreed(pack, asha)

    assert agreed(pack, asha) == first
    with pytest.raises(AgreedBefore):
        agreed(pack, asha, "Somebody else")
    assert Agreement.objects.get() == first


@pytest.mark.parametrize(
    "drawn",
    [
        "M0 0",  # a dot
        "M20 60L21 61",
        "M20 60L900 20L100 90",  # outside of the box
        "M20 60C60 20 100 90 140 30",  # not what the pad draws
        'M20 60L60 20"/><script>alert(1)</script>',
        "url(javascript:alert(1))",
        "M20 60" + "L60 20L20 60" * 2_000,
    ],
)
def test_what_is_no_signature_is_refused_and_nothing_kept(asha: Clinic, pack: Package, drawn: str) -> None:
    with pytest.raises(NotASignature):
        agreed(pack, asha, "Radha", drawn)

    assert not Agreement.objects.exists()


def test_nobody_agrees_by_nothing(asha: Clinic, pack: Package) -> None:
    with pytest.raises(NobodyAgreed):
        agreed(pack, asha, "  ")

    assert not Agreement.objects.exists()


def test_a_therapist_records_no_agreement(asha: Clinic, pack: Package) -> None:
    with pytest.raises(NotAllowed):
        agree(pack, agreed=Agreed("Radha"), clinic=asha, by=member(asha, Role.THERAPIST))

    assert not Agreement.objects.exists()


def test_a_void_sale_is_not_agreed_to(asha: Clinic) -> None:
    unpaid = package(asha, paid=0)
    void(unpaid, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Wrong patient")

    with pytest.raises(PackageClosed):
        agreed(unpaid, asha)


def test_a_package_without_agreement_says_so_and_it_is_recorded_later(
    owner: Client, asha: Clinic, pack: Package
) -> None:
    page = f"/asha/packages/{pack.pk}/"
    assert "not agreed yet" in owner.get(page).content.decode()
    assert "it takes one session." in owner.get(f"{page}agreement/").content.decode()

    answer = owner.post(
        f"{page}agreement/", {"key": str(uuid4()), "name": "Radha Menon", "signature": SIGNATURE}
    )

    assert answer.headers["Location"] == page
    shown = owner.get(page).content.decode()
    assert "not agreed yet" not in shown
    assert "Radha Menon agreed to the terms on" in shown
    assert f'<path d="{SIGNATURE}"/>' in shown
    kept = owner.get(f"{page}agreement/").content.decode()
    assert "it takes one session." in kept
    assert "<form" not in kept.split("<main")[1].split("</main>")[0]


def test_the_form_comes_back_as_it_was_typed(owner: Client, pack: Package) -> None:
    page = f"/asha/packages/{pack.pk}/agreement/"

    empty = owner.post(page, {"key": str(uuid4()), "name": "", "signature": ""})
    wrong = owner.post(page, {"key": str(uuid4()), "name": "Radha Menon", "signature": "M1 1 L"})

    assert (empty.status_code, wrong.status_code) == (422, 422)
    assert "Type the name of who agrees, or let them sign." in empty.content.decode()
    assert 'value="Radha Menon"' in wrong.content.decode()
    assert "This signature cannot be read." in wrong.content.decode()
    assert not Agreement.objects.exists()


def test_every_clause_of_the_passbook_can_be_pointed_at(owner: Client, pack: Package) -> None:
    page = owner.get(f"/asha/packages/{pack.pk}/").content.decode()

    for code in ("late_cancel", "no_show", "free_pass", "freeze", "refund", "transfer"):
        assert f'id="clause-{code}"' in page
