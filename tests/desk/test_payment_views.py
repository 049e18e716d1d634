"""Taking money at the counter, over HTTP with the real middleware: line by line, for others, ahead, back-dated."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from billing.models import Allocation, Bill, BillLine, Method, Payment
from billing.payments import Tender, owed_lines, unapplied_of
from billing.references import ReferenceEnteredBefore
from clinic.models import Branch, Clinic, Patient
from desk import checkout
from desk.counter import Wanted, bill_together
from desk.day_close import close_day, reopen_day
from packages.models import Package
from packages.plans import fingerprint
from tests.acts import now, pay
from tests.factories import PatientFactory, ServiceFactory, complete, owner_of, plan, reopen, sale, visit
from tests.written import everything


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory(name="Lakshmi Rao", phones=["+919820012345"])


def charged(asha: Clinic, patient: Patient, price: int = 1_000) -> BillLine:
    """A visit to pay."""
    service = ServiceFactory(name=f"Session at {price}", price=Decimal(price))
    bill: Bill = complete(asha, visit(asha, patient, service=service), how="charge").bill
    return bill.lines.get()


def sent(
    asha: Clinic, *tenders: Any, pays: dict[BillLine, Any] | None = None, **facts: Any
) -> dict[str, Any]:
    """The form as the browser sends it: (method, amount, reference) of each tender, an amount for each line."""
    form = {
        "key": str(uuid4()),
        "branch": str(Branch.objects.get().pk),
        "on": asha.today().isoformat(),
        "tender-TOTAL_FORMS": 3,
        "tender-INITIAL_FORMS": 0,
    }
    for n in range(3):
        method, amount, *reference = tenders[n] if n < len(tenders) else ("cash", "")
        form |= {f"tender-{n}-method": method, f"tender-{n}-amount": amount}
        form |= {f"tender-{n}-reference": reference[0] if reference else ""}
    return form | {f"pay-{line.pk}": amount for line, amount in (pays or {}).items()} | facts


def post(desk: Client, patient: Patient, form: dict[str, Any]) -> Any:
    return desk.post(f"/asha/patients/{patient.pk}/payments/", form)


def page(desk: Client, patient: Patient, asked: str = "") -> str:
    return str(desk.get(f"/asha/patients/{patient.pk}/payments/{asked}").content.decode())


def words(answer: Any) -> str:
    return str(answer.content.decode())


def left(patient: Patient) -> list[Decimal]:
    return [amount for _, amount in unapplied_of(patient)]


def test_a_payment_pays_what_is_owed_and_opens_the_pack(desk: Client, asha: Clinic, patient: Patient) -> None:
    """S47"""
    pack = sale(asha, patient, paid=4000).package
    owed = Bill.objects.get().lines.get()

    answer = post(desk, patient, sent(asha, ("cash", "6500"), pays={owed: "6000"}))

    assert answer.status_code == 302
    pack.refresh_from_db()
    assert (pack.paid, pack.state) == (10_000, Package.State.ACTIVE)
    file = desk.get(f"/asha/patients/{patient.pk}/").content.decode()
    assert "₹500.00 account credit" in file
    assert "Over: ₹500.00 is account credit of Lakshmi Rao now." in file


def test_each_line_gets_the_amount_that_was_written_and_several_ways_pay_it(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    """S48"""
    first, second = charged(asha, patient), charged(asha, patient, 600)

    ways = [("cash", "700"), ("upi", "500", "UPI 1")]
    answer = post(desk, patient, sent(asha, *ways, pays={first: "400", second: "600"}))

    assert answer.status_code == 302
    assert [(line.pk, line.owed) for line in owed_lines(patient)] == [(first.pk, 600)]
    assert left(patient) == [200]
    assert Payment.objects.count() == 2


def test_the_lines_are_filled_in_oldest_first_with_what_is_to_be_received(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    """Account credit is proposed for nothing. S47"""
    pay(asha, patient, 300, [])
    first, second = charged(asha, patient), charged(asha, patient, 600)

    shown = page(desk, patient)

    assert f'name="pay-{first.pk}" value="1000.00"' in shown
    assert f'name="pay-{second.pk}" value="300.00"' in shown
    assert 'name="tender-0-amount" value="1300.00"' in shown


def test_amounts_that_nobody_touched_follow_the_money_without_a_script(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    first, second = charged(asha, patient), charged(asha, patient, 600)
    filled = {first: "1000.00", second: "600.00"}

    answer = post(desk, patient, sent(asha, ("cash", "1200"), pays=filled, spread_of="1600.00"))

    assert answer.status_code == 302
    assert [(line.pk, line.owed) for line in owed_lines(patient)] == [(second.pk, 400)]


@pytest.mark.parametrize(
    ("tender", "line", "said"),
    [
        ("500", "600", "₹600.00 is set against bills, and there is ₹500.00"),
        ("2000", "1500", "₹1,000.00 is to be paid on it now, not ₹1,500.00"),
        ("-5", "", "negative"),
        ("100", "-5", "negative"),
        ("1.005", "", "has more decimals"),
        ("100", "0.005", "has more decimals"),
        ("99999999999", "", "too large"),
        ("ten", "", "is not an amount"),
        ("", "", "Write the amount that was received."),
        ("0", "", "must be more than 0"),
    ],
)
def test_amounts_that_do_not_fit_are_refused_and_the_form_is_as_typed(
    desk: Client, asha: Clinic, patient: Patient, tender: str, line: str, said: str
) -> None:
    owed = charged(asha, patient)
    written = everything()

    answer = post(desk, patient, sent(asha, ("cash", tender, "my ref"), pays={owed: line}))

    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="my ref"' in words(answer)
    assert everything() == written


def test_the_second_tab_is_told_what_changed_and_nothing_is_written(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    owed = charged(asha, patient)
    form = sent(asha, ("cash", "1000"), pays={owed: "1000"}, spread_of="1000.00")
    post(desk, patient, {**form, "key": str(uuid4())})
    written = everything()

    answer = post(desk, patient, form)

    assert answer.status_code == 422
    assert "₹0.00 is to be paid on it now, not ₹1,000.00." in words(answer)
    assert "₹1,000.00 was set against it by Owner of asha at" in words(answer)
    assert f'name="pay-{owed.pk}" value="1000"' in words(answer)
    assert everything() == written

    asked = post(desk, patient, {**form, f"pay-{owed.pk}": "", "spread_of": ""})

    assert asked.status_code == 302
    assert left(patient) == [1000]


def test_the_same_form_sent_twice_is_one_payment(desk: Client, asha: Clinic, patient: Patient) -> None:
    """S02"""
    owed = charged(asha, patient)
    form = sent(asha, ("cash", "1000"), pays={owed: "1000"})

    post(desk, patient, form)
    again = post(desk, patient, form)

    assert again.status_code == 303
    assert Payment.objects.count() == 1


def test_a_day_to_come_is_refused_at_its_field(desk: Client, asha: Clinic, patient: Patient) -> None:
    tomorrow = (asha.today() + timedelta(days=1)).isoformat()
    written = everything()

    answer = post(desk, patient, sent(asha, ("cash", "100"), on=tomorrow))

    assert answer.status_code == 422
    assert "cannot be dated in the future" in words(answer)
    assert f'value="{tomorrow}"' in words(answer)
    assert everything() == written


def test_money_of_before_the_bill_is_refused_with_the_way_out(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    owed = charged(asha, patient)
    yesterday = (asha.today() - timedelta(days=1)).isoformat()
    form = sent(asha, ("cash", "1000"), pays={owed: "1000"}, on=yesterday)
    written = everything()

    answer = post(desk, patient, form)

    assert answer.status_code == 422
    assert "Leave its amount empty" in words(answer)
    assert everything() == written

    ahead = post(desk, patient, {**form, f"pay-{owed.pk}": ""})

    assert ahead.status_code == 302
    assert Payment.objects.get().received_on == asha.today() - timedelta(days=1)


def test_a_day_of_years_ago_is_a_slip(desk: Client, asha: Clinic, patient: Patient) -> None:
    answer = post(desk, patient, sent(asha, ("cash", "100"), on="2019-03-01"))

    assert answer.status_code == 422
    assert "more than a year ago" in words(answer)
    assert not Payment.objects.exists()


def test_money_is_not_entered_into_a_closed_day_until_the_owner_opens_it(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    day, branch = asha.today() - timedelta(days=1), Branch.objects.get()
    close_day(day=day, branch=branch, counted=Decimal(0), **now(asha))
    form = sent(asha, ("cash", "100"), on=day.isoformat())
    written = everything()

    answer = post(desk, patient, form)

    assert answer.status_code == 422
    assert "Ask the owner to open that day again" in words(answer)
    assert f"/asha/days/{day}/closing/" in words(answer)
    assert everything() == written

    reopen_day(day=day, branch=branch, reason="Money forgotten", **now(asha))
    assert post(desk, patient, form).status_code == 302
    assert Payment.objects.get().received_on == day


def test_a_upi_reference_is_entered_once_unless_somebody_confirms_it(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    owed = charged(asha, patient)
    other = PatientFactory()
    post(desk, patient, sent(asha, ("upi", "1000", "UPI 4711"), pays={owed: "1000"}))
    form = sent(asha, ("upi", "500", " upi 4711 "))
    written = everything()

    answer = post(desk, other, form)

    assert answer.status_code == 422
    assert f"UPI reference UPI 4711 was entered for bill {owed.bill.name} of Lakshmi Rao on" in words(answer)
    assert 'name="same_reference"' in words(answer)
    assert everything() == written
    assert post(desk, other, {**form, "same_reference": "on"}).status_code == 302
    assert left(other) == [500]


def elsewhere(asha: Clinic, patient: Patient, place: str) -> tuple[str, dict[str, str]]:
    """Another page that takes money: its address, and what it asks beside the money."""
    if place == "completion":
        return f"/asha/visits/{visit(asha, patient).pk}/completion/", {"how": "charge"}
    of = plan()
    address = {"sale": "sale", "counter": "bills/new"}[place]
    return f"/asha/patients/{patient.pk}/{address}/", {"plan": str(of.pk), "shown": fingerprint(of)}


@pytest.mark.parametrize("place", ["sale", "counter", "completion"])
def test_wherever_money_is_taken_a_upi_reference_that_was_entered_before_is_asked_about(
    desk: Client, asha: Clinic, patient: Patient, place: str
) -> None:
    post(desk, PatientFactory(), sent(asha, ("upi", "1000", "UPI 4711")))
    address, asked = elsewhere(asha, patient, place)
    form = sent(asha, ("upi", "500", "upi 4711"), **asked)
    written = everything()

    answer = desk.post(address, form)

    assert answer.status_code == 422
    assert "UPI reference UPI 4711 was entered for" in words(answer)
    assert 'name="same_reference"' in words(answer)
    assert everything() == written
    confirmed = {**form, "same_reference": "on"}
    assert [desk.post(address, confirmed).status_code for _ in range(2)] == [302, 303]
    assert Payment.objects.filter(patient=patient).count() == 1


def test_money_with_the_same_key_is_not_refused_for_its_own_upi_reference(
    asha: Clinic, patient: Patient
) -> None:
    of, seen, branch = plan(), visit(asha, patient), Branch.objects.get()
    acts: list[tuple[Any, dict[str, Any]]] = [
        (checkout.take_payment, {"patient": patient, "branch": branch}),
        (checkout.sell_package, {"patient": patient, "branch": branch, "plan": of}),
        (checkout.complete_visit, {"visit": seen, "how": "charge"}),
        (bill_together, {"patient": patient, "branch": branch, "wanted": Wanted(plan=of)}),
    ]
    for n, (act, asked) in enumerate(acts):
        facts = now(asha, tenders=[Tender(Method.UPI, Decimal(500), f"UPI {n}")], **asked)

        done = [act(**facts) for _ in range(2)]

        assert Payment.objects.count() == n + 1
        assert done[0] == done[1]
        with pytest.raises(ReferenceEnteredBefore):
            act(**facts | {"key": uuid4()} | ({"visit": visit(asha, patient)} if "visit" in facts else {}))


def test_a_cheque_may_have_the_number_of_a_upi_payment(desk: Client, asha: Clinic, patient: Patient) -> None:
    post(desk, patient, sent(asha, ("upi", "1000", "4711")))

    assert post(desk, patient, sent(asha, ("cheque", "500", "4711"))).status_code == 302
    twice = post(desk, patient, sent(asha, ("upi", "1", "9"), ("upi", "2", "9")))
    assert twice.status_code == 422
    assert "is written twice" in words(twice)


def test_a_son_pays_for_his_mother_and_the_money_is_his(desk: Client, asha: Clinic, patient: Patient) -> None:
    mother = PatientFactory(name="Kamala Rao")
    hers, his = charged(asha, mother), charged(asha, patient, 600)
    found = page(desk, patient, "?q=Kamala")
    assert f"?also={mother.pk}" in found
    shown = page(desk, patient, f"?also={mother.pk}")
    assert "for Kamala Rao" in shown
    assert 'name="tender-0-amount" value="1600.00"' in shown
    assert shown.index(f"pay-{his.pk}") < shown.index(f"pay-{hers.pk}")

    both = {his: "600", hers: "1000"}
    answer = post(desk, patient, sent(asha, ("cash", "1700"), pays=both, also=str(mother.pk)))

    assert answer.status_code == 302
    assert (owed_lines(mother), owed_lines(patient), left(patient), left(mother)) == ([], [], [100], [])
    assert {each.payment.patient for each in Allocation.objects.all()} == {patient}


def test_nobody_of_another_clinic_is_paid_for(
    desk: Client, asha: Clinic, other_clinic: Clinic, patient: Patient
) -> None:
    answer = desk.get(f"/asha/patients/{patient.pk}/payments/?also={uuid4()}")

    assert answer.status_code == 404
    form = sent(asha, ("cash", "100"), **{f"pay-{uuid4()}": "100", "pay-nonsense": "1"})
    assert post(desk, patient, form).status_code == 302
    assert left(patient) == [100]


def test_money_is_taken_ahead(desk: Client, asha: Clinic, patient: Patient) -> None:
    """S47"""
    owed = charged(asha, patient)
    assert 'name="tender-0-amount" value=' not in page(desk, patient, "?ahead")

    post(desk, patient, sent(asha, ("cash", "700"), pays={owed: ""}))

    assert (left(patient), owed_lines(patient)) == ([700], [owed])


def test_money_paid_ahead_is_used_only_when_asked_and_goes_first(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    """S47"""
    done = complete(asha, visit(asha, patient), how="charge", tenders=[Tender(Method.CASH, Decimal(1000))])
    reopen(asha, done.visit)
    owed = charged(asha, patient, 1_500)
    assert not Allocation.objects.filter(line=owed).exists()

    answer = post(desk, patient, sent(asha, ("cash", "500"), pays={owed: "1500"}, use_unapplied="on"))

    assert answer.status_code == 302
    amounts = Allocation.objects.filter(line=owed).order_by("recorded_at").values_list("amount", flat=True)
    assert list(amounts) == [1000, 500]
    assert (left(patient), owed_lines(patient)) == ([], [])


def test_credit_alone_pays_what_is_written(desk: Client, asha: Clinic, patient: Patient) -> None:
    """S47"""
    pay(asha, patient, 1_000, [])
    owed = charged(asha, patient)
    form = sent(asha, pays={owed: "400"}, use_unapplied="on")

    assert post(desk, patient, form).status_code == 302
    assert (left(patient), [line.owed for line in owed_lines(patient)]) == ([600], [600])


def test_more_paid_ahead_than_owed_proposes_no_amount(desk: Client, asha: Clinic, patient: Patient) -> None:
    pay(asha, patient, 500, [])
    charged(asha, patient, 300)

    shown = page(desk, patient)

    assert "₹500.00" in shown
    assert 'value="-' not in shown
    assert 'name="tender-0-amount" value=' not in shown
