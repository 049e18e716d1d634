"""What a refund comes to where sessions lapsed, were adjusted or moved."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.models import Clinic
from packages import ledger, refunds, transfers
from packages.models import Package
from packages.validity import HasLapsed
from tests.committing import check_now
from tests.factories import PatientFactory, owner_of, package, plan, use
from tests.written import everything


def facts(clinic: Clinic) -> dict[str, Any]:
    return {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": "Moving away"}


def at_list_rate(clinic: Clinic) -> Package:
    """S39: list 10 × 1,000, paid 8,000, three used."""
    pack = package(clinic, of=plan(refund_rule="list_rate"), price=8000)
    use(clinic, pack, 3)
    pack.refresh_from_db()
    return pack


def quoted(pack: Package) -> Decimal:
    pack.refresh_from_db()
    return refunds.quote_refund(pack).amount


def test_at_the_list_rate_sessions_that_were_taken_away_are_not_paid_back(asha: Clinic) -> None:
    """S39: 8,000 − 3 × 1,000 − 6 × 800, for the one that is left."""
    pack = at_list_rate(asha)
    ledger.adjust(pack.lines.get(), sessions=Decimal(-6), **facts(asha))

    assert quoted(pack) == 200


def test_sessions_that_moved_are_refunded_at_the_list_rate_of_their_sale(asha: Clinic) -> None:
    """S39, S53: 5,600 moved; used one at 800 was one at the list's 1,000."""
    pack = at_list_rate(asha)
    made = transfers.transfer(pack, sessions=Decimal(7), to=PatientFactory(), **facts(asha))
    use(asha, made)
    check_now()

    assert made.list_rate == 1000
    assert quoted(made) == 4600


@pytest.fixture
def lapsed(asha: Clinic) -> Package:
    """Its last day is past, and the clock did not post the expiry yet."""
    return package(asha, of=plan(validity_count=1), at=timezone.now() - timedelta(days=60))


def test_a_pack_that_has_lapsed_is_extended_before_it_is_refunded(asha: Clinic, lapsed: Package) -> None:
    before = everything()

    with pytest.raises(HasLapsed):
        refunds.refund(lapsed, **facts(asha))

    assert everything() == before


def test_a_pack_that_has_lapsed_is_extended_before_it_moves(asha: Clinic, lapsed: Package) -> None:
    sister = PatientFactory()
    before = everything()

    with pytest.raises(HasLapsed):
        transfers.transfer(lapsed, sessions=Decimal(3), to=sister, **facts(asha))

    assert everything() == before
