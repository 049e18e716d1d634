"""Money cannot go two ways and a fee cannot stand beside a session, whoever writes: SQL as the application's role.

Refused by the statement or, at the latest, by the commit; nothing has changed then.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, connection

from billing.models import Payment
from clinic.models import Branch, Clinic
from packages.models import Package
from packages.plans import Also, Line
from tests.acts import bounce, cash, cheque, not_come, pay, pay_back, refund
from tests.committing import check_now, commit
from tests.factories import PatientFactory, ServiceFactory, complete, package, plan, sale, use, visit
from tests.written import everything

Scene = dict[str, Any]


@pytest.fixture
def scene(asha: Clinic) -> Scene:
    """A cheque of 10,500 of which 10,000 pay for a pack; a bounced one; one handed back; a fee; a surcharge."""
    patient, longer = PatientFactory(), ServiceFactory(name="Physiotherapy 90 min", price=Decimal(1_500))
    line = Line(ServiceFactory(), Decimal(10), also=(Also(longer, Decimal(1), Decimal(500)),))
    sold = sale(
        asha, patient, of=plan(line, no_show_takes="fee", no_show_fee=Decimal(300), free_passes=0), paid=0
    )
    (paid,) = pay(asha, patient, 0, list(sold.bill.lines.all()), tenders=[cheque(10_500)])
    (bounced, back, given) = pay(asha, patient, 0, [], tenders=[cheque(700), cash(800), cash(300)])
    bounce(asha, bounced)
    pay_back(asha, patient, 300)
    (used,) = use(asha, sold.package)
    missed = not_come(asha, patient)
    long = complete(asha, visit(asha, patient, service=longer), sessions=Decimal(1))
    closed = package(asha, patient)
    refund(asha, closed)
    charged = complete(asha, visit(asha, patient), how="charge")
    check_now()
    return {
        "clinic": asha.pk,
        "patient": patient.pk,
        "branch": Branch.objects.get().pk,
        "paid": paid.pk,
        "bounced": bounced.pk,
        "back": back.pk,
        "given": given.pk,
        "line": charged.bill.lines.get().pk,
        "used": used.visit.pk,
        "missed": missed.visit.pk,
        "long": long.visit.pk,
        "closed": closed.pk,
        "active": sold.package.pk,
        "fee_bill": missed.bill.pk,
        "today": asha.today(),
    }


def returned(
    payment: str, amount: str, method: str = "cash", on: str = "%(today)s", reason: str = "x"
) -> str:
    return f"""INSERT INTO billing_refund (clinic_id, id, payment_id, branch_id, amount, method, reference, given_on,
        reason, key) VALUES (%(clinic)s, gen_random_uuid(), %({payment})s, %(branch)s, {amount}, '{method}', '', {on},
        '{reason}', gen_random_uuid())"""


def bounced(payment: str, reason: str = "x", on: str = "%(today)s", charge: str = "NULL") -> str:
    return f"""INSERT INTO billing_bounce (clinic_id, id, payment_id, charge_id, bounced_on, reason, key)
        VALUES (%(clinic)s, gen_random_uuid(), %({payment})s, {charge}, {on}, '{reason}', gen_random_uuid())"""


def allocated(payment: str, amount: str) -> str:
    return f"""INSERT INTO billing_allocation (clinic_id, id, payment_id, line_id, amount)
        VALUES (%(clinic)s, gen_random_uuid(), %({payment})s, %(line)s, {amount})"""


def credit(amount: str, package: str = "%(closed)s", method: str = "credit") -> str:
    return f"""INSERT INTO billing_payment (clinic_id, id, patient_id, branch_id, method, reference, amount,
        received_on, package_id, key) VALUES (%(clinic)s, gen_random_uuid(), %(patient)s, %(branch)s, '{method}', '',
        {amount}, %(today)s, {package}, gen_random_uuid())"""


def fee(visit: str, amount: str, kind: str = "fee") -> str:
    """A bill with one line, whole in itself."""
    return f"""WITH made AS (INSERT INTO billing_bill (clinic_id, id, kind, prefix, issued_at, patient_id, branch_id,
        total, reason, document, key) VALUES (%(clinic)s, gen_random_uuid(), 'bill', 'B', now(), %(patient)s,
        %(branch)s, {amount}, '', '{{"lines": [1]}}', gen_random_uuid()) RETURNING id)
      INSERT INTO billing_billline (clinic_id, id, bill_id, position, kind, text, quantity, unit_price, discount,
        tax_percent, tax, amount, visit_id)
        SELECT %(clinic)s, gen_random_uuid(), id, 1, '{kind}', 'x', 1, {amount}, 0, 0, 0,
        {amount}, {visit} FROM made"""


ATTACKS: dict[str, tuple[str, str]] = {
    "more handed back than is left": (returned("paid", "500.01"), "cannot be handed back"),
    "handed back what pays for a pack": (returned("paid", "10000"), "cannot be handed back"),
    "handed back twice": (returned("back", "800") + ";" + returned("back", "0.01"), "cannot be handed back"),
    "handed back what bounced": (returned("bounced", "1"), "cannot be handed back"),
    "nothing handed back": (returned("paid", "0"), "refund_positive"),
    "less than nothing handed back": (returned("paid", "-5"), "refund_positive"),
    "handed back without a reason": (returned("paid", "5", reason=""), "refund_has_reason"),
    "handed back as account credit": (returned("paid", "5", method="credit"), "refund_method_handed_over"),
    "handed back tomorrow": (returned("paid", "5", on="%(today)s + 1"), "cannot be handed back on"),
    "handed back before it came": (returned("paid", "5", on="%(today)s - 1"), "cannot be handed back on"),
    "set against a bill what was handed back": (
        returned("back", "800") + ";" + allocated("back", "1"),
        "a payment of .* cannot be allocated",
    ),
    "set against a bill what bounced": (allocated("bounced", "1"), "a payment of 0.* cannot be allocated"),
    "bounced while it pays for something": (bounced("paid"), "still pays for"),
    "bounced twice": (bounced("bounced"), "bounce_once"),
    "bounced after it was handed back": (bounced("given"), "was handed back"),
    "bounced after a part of it was handed back": (
        returned("back", "1") + ";" + bounced("back"),
        "was handed back",
    ),
    "bounced after it was handed back, with a charge of something else": (
        bounced("given", charge="%(line)s"),
        "was handed back",
    ),
    "bounced with a charge of nothing": (bounced("back", charge="%(line)s"), "was handed back"),
    "bounced without a reason": (bounced("back", reason=""), "bounce_has_reason"),
    "bounced tomorrow": (bounced("back", on="%(today)s + 1"), "cannot have bounced on"),
    "bounced before it came": (bounced("back", on="%(today)s - 1"), "cannot have bounced on"),
    "credit of a pack that was not refunded": (credit("1", package="%(active)s"), "more than the refund"),
    "more credit than the refund": (credit("10000.01"), "more than the refund"),
    "credit of a refund twice": (credit("10000") + ";" + credit("1"), "more than the refund"),
    "credit of nothing": (credit("5", package="NULL"), "payment_credit_names_package|more than the refund"),
    "cash of a pack": (credit("5", method="cash"), "payment_credit_names_package"),
    "a fee beside a session": (fee("%(used)s", "300"), "a fee beside a session"),
    "a second fee": (fee("%(missed)s", "300"), "a fee of 600.* is billed"),
    "a fee of no visit": (fee("NULL", "300"), "bill_line_fee_names_visit"),
    "a fee forgotten": (
        "UPDATE visits_visit SET charge = 0, consequence = 'waived' WHERE id = %(missed)s",
        "a fee of 300.* is billed",
    ),
    "a fee made larger": (
        "UPDATE visits_visit SET charge = 301 WHERE id = %(missed)s",
        "a fee of 300.* is billed",
    ),
    "a fee of a visit that is booked again": (
        """UPDATE visits_visit SET charge = 0, consequence = '', state = 'booked', ended_at = NULL
           WHERE id = %(missed)s""",
        "a fee of 300.* is billed",
    ),
    "a surcharge forgotten": ("UPDATE visits_visit SET charge = 0 WHERE id = %(long)s", "stands as it was"),
    "a surcharge never billed": (
        "UPDATE visits_visit SET charge = 5 WHERE id = %(used)s",
        "stands as it was",
    ),
}
ATTACKS |= {
    f"{verb} on {table}": (sql.format(table), "permission denied")
    for table in ("billing_refund", "billing_bounce")
    for verb, sql in {
        "UPDATE": "UPDATE {} SET reason = 'y'",
        "DELETE": "DELETE FROM {}",
        "TRUNCATE": "TRUNCATE {} CASCADE",
    }.items()
}


def run(sql: str, facts: Scene) -> None:
    """Type it in, statement by statement, and commit."""
    with commit(), connection.cursor() as cursor:
        for statement in sql.split(";"):
            cursor.execute(statement, facts)


@pytest.mark.parametrize("name", ATTACKS)
def test_the_application_is_refused(scene: Scene, name: str) -> None:
    """S09, S13, S49"""
    sql, refusal = ATTACKS[name]
    written = everything()

    with pytest.raises(Error, match=refusal):
        run(sql, scene)

    assert everything() == written


ALLOWED = {
    "what is left handed back": returned("paid", "500"),
    "what is left bounced": bounced("back"),
    "what is left set against a bill": allocated("paid", "500"),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_the_same_within_the_limits_goes_through(scene: Scene, name: str) -> None:
    """The attacks fail for what they say, and not for the way they are typed."""
    run(ALLOWED[name], scene)

    assert Payment.objects.filter(pk=scene["paid"]).exists()
    assert Package.objects.get(pk=scene["active"]).paid == 10_000
