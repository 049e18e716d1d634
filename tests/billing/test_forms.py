"""What is asked for stands in the field as it can be sent back."""

from decimal import Decimal

import pytest

from billing.forms import tenders


@pytest.mark.parametrize(("currency", "shown"), [("INR", "7200.00"), ("JPY", "7200"), ("KWD", "7200.000")])
def test_the_amount_asked_for_has_the_places_of_its_currency(currency: str, shown: str) -> None:
    asked = tenders(None, currency=currency, amount=Decimal("7200.000"))

    field = asked.forms[0]["amount"]
    assert field.value() == Decimal(shown)
    assert str(field.value()) == shown


def test_what_was_asked_for_can_be_sent_back_untouched() -> None:
    asked = tenders(None, currency="INR", amount=Decimal("7200.000"))
    fields = [form[name] for form in asked.forms for name in ("method", "amount")]
    sent = {field.html_name: str(field.value() or "") for field in fields}

    given = tenders({"tender-TOTAL_FORMS": "3", "tender-INITIAL_FORMS": "0", **sent}, currency="INR")

    assert given.is_valid(), given.errors
    assert [tender.amount for tender in given.tenders()] == [Decimal("7200.00")]
