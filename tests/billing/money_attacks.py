"""SQL against bills, lines, payments and allocations as somebody would type it into psql, and what refuses it."""

from __future__ import annotations

from .test_money_guards import allocated, bounced, returned

APPEND_ONLY = (
    "billing_bill",
    "billing_billline",
    "billing_payment",
    "billing_allocation",
    "billing_refund",
    "billing_bounce",
)
NEW_BILL = "'00000000-0000-7000-8000-0000000000b1'"
NEW_PAYMENT = "'00000000-0000-7000-8000-0000000000a1'"
PART = "no whole number of coins"
DENIED = "permission denied"


def insert(table: str, facts: dict[str, str]) -> str:
    facts = {"clinic_id": "%(clinic)s", "id": "gen_random_uuid()"} | facts
    return f"INSERT INTO {table} ({', '.join(facts)}) VALUES ({', '.join(facts.values())})"


def payment(amount: str = "100", **forged: str) -> str:
    facts = {
        "patient_id": "%(patient)s",
        "branch_id": "%(branch)s",
        "method": "'cash'",
        "reference": "''",
        "amount": amount,
        "received_on": "%(today)s",
        "key": "gen_random_uuid()",
    }
    return insert("billing_payment", facts | forged)


def bill(total: str, lines: int = 1, kind: str = "bill", **forged: str) -> str:
    facts = {
        "id": NEW_BILL,
        "kind": f"'{kind}'",
        "prefix": "'B'",
        "issued_at": "now()",
        "patient_id": "%(patient)s",
        "branch_id": "%(branch)s",
        "total": total,
        "reason": "''",
        "document": f"""'{{"lines": {list(range(lines))}}}'""",
        "key": "gen_random_uuid()",
    }
    return insert("billing_bill", facts | forged)


def line(amount: str, price: str = "", **forged: str) -> str:
    facts = {
        "bill_id": NEW_BILL,
        "position": "1",
        "kind": "'goods'",
        "text": "'Brace'",
        "quantity": "1",
        "unit_price": price or amount,
        "discount": "0",
        "tax_percent": "0",
        "tax": "0",
        "amount": amount,
    }
    return insert("billing_billline", facts | forged)


def billed(amount: str, **forged: str) -> str:
    """A bill with this line, whole in itself."""
    return bill(amount) + ";" + line(amount, **forged)


def note(amount: str, about: str, of: str, **forged: str) -> str:
    made = bill(amount, kind="credit_note", prefix="'C'", reason="'x'", corrects_id=about)
    return made + ";" + line(amount, credits_id=of, **forged)


OF_VISIT = {"kind": "'visit'", "visit_id": "%(charged)s"}

ATTACKS: dict[str, tuple[str, str]] = {
    # parts of a coin, and what is no number
    "half a paisa paid": (payment("0.005"), PART),
    "a payment of NaN": (payment("'NaN'"), PART),
    "an endless payment": (payment("'Infinity'"), "numeric field overflow|" + PART),
    "half a paisa set against a line": (allocated("paid", "0.005"), PART),
    "NaN set against a line": (allocated("paid", "'NaN'"), PART),
    "half a paisa handed back": (returned("paid", "0.005"), PART),
    "NaN handed back": (returned("paid", "'NaN'"), PART),
    "half a paisa charged": (billed("100.005"), PART),
    "a bill of NaN": (billed("'NaN'"), PART),
    "half a paisa of tax": (billed("100", tax="0.005"), PART),
    "half a paisa of discount": (billed("100", price="100.005", discount="0.005"), PART),
    # payments
    "nothing paid": (payment("0"), "payment_positive"),
    "less than nothing paid": (payment("-0.01"), "payment_positive"),
    "paid tomorrow": (payment(received_on="%(today)s + 1"), "in the future"),
    "a way of paying of one's own": (payment(method="'shells'"), "payment_method_known"),
    "paid twice by one key": (
        payment(key=NEW_PAYMENT) + ";" + payment(key=NEW_PAYMENT),
        "payment_key_once",
    ),
    # a bill and its lines
    "a bill of more than its lines": (bill("100") + ";" + line("99.99"), "is not its 1 lines of 99.99"),
    "a bill of less than its lines": (bill("0") + ";" + line("5"), "is not its 1 lines of 5"),
    "a line that its printed copy does not show": (
        bill("100", 1) + ";" + line("50") + ";" + line("50", position="2"),
        "is not its 2 lines",
    ),
    "a line that is not its price": (billed("100", price="99.99"), "is not 1.* × 99.99"),
    "a line that is not its quantity": (billed("100", price="100", quantity="2"), "is not 2.* × 100"),
    "a line that forgets its discount": (billed("100", price="100", discount="1"), "is not 1.* × 100"),
    "a discount that makes it dearer": (billed("100", price="90", discount="-10"), "cannot have a discount"),
    "more tax than its amount": (billed("100", tax="100.01"), "a tax of 100.01"),
    "tax that is taken off": (billed("100", tax="-18"), "a tax of -18|is not 1"),
    "nothing of it": (billed("0", price="5", quantity="0"), "is not 0"),
    # notes
    "a note over another bill's line": (
        note("-1", "%(fee_bill)s", "%(line)s", **OF_VISIT),
        "of no line of the bill",
    ),
    "a bill that takes another's line back": (
        bill("99", 2) + ";" + line("100") + ";" + line("-1", position="2", credits_id="%(line)s", **OF_VISIT),
        "of no line of the bill",
    ),
    "a note over the line as something else": (note("-1", "%(bill)s", "%(line)s"), "of no line of the bill"),
    "a note over more than the line": (
        note("-1000.01", "%(bill)s", "%(line)s", **OF_VISIT),
        "more than is left",
    ),
    "a note over what is paid": (
        note("-1", "%(pack_bill)s", "%(pack_line)s", kind="'package'", package_id="%(active)s"),
        "more than is left",
    ),
    "a note that charges": (
        note("1", "%(bill)s", "%(line)s", **OF_VISIT),
        "bill_line_sign|bill_total_of_kind",
    ),
    "a credit of what the note set free": (
        payment("10000", method="'credit'", package_id="%(closed)s"),
        "more than the refund",
    ),
    # other clinics
    "another clinic's patient pays": (payment(patient_id="%(their_patient)s"), "payment_patient|violates"),
    "paid at another clinic's branch": (payment(branch_id="%(their_branch)s"), "payment_branch|violates"),
    "paid in another clinic": (
        payment(clinic_id="%(their_clinic)s", patient_id="%(their_patient)s", branch_id="%(their_branch)s"),
        "row-level security",
    ),
    "money set against another clinic's line": (
        allocated("back", "1").replace("%(line)s", "%(their_line)s"),
        "allocation_line|violates|cannot be paid",
    ),
    "another clinic's money set against a line": (
        allocated("back", "1").replace("%(back)s", "%(their_payment)s"),
        "allocation_payment|violates|cannot be allocated",
    ),
    "both of another clinic": (
        allocated("back", "1")
        .replace("%(clinic)s", "%(their_clinic)s")
        .replace("%(back)s", "%(their_payment)s")
        .replace("%(line)s", "%(their_line)s"),
        "row-level security",
    ),
    "another clinic's money handed back": (
        returned("back", "1").replace("%(back)s", "%(their_payment)s"),
        "cannot be handed back|violates",
    ),
    "another clinic's payment bounced": (
        bounced("back").replace("%(back)s", "%(their_payment)s"),
        "violates|cannot have bounced",
    ),
    "a bill for another clinic's patient": (
        bill("100", patient_id="%(their_patient)s") + ";" + line("100"),
        "violates",
    ),
    # too much, in either order
    "a payment set against two lines beyond its amount": (
        allocated("back", "800") + ";" + allocated("back", "1").replace("%(line)s", "%(long_line)s"),
        "a payment of 800.* cannot be allocated to 801",
    ),
    "a line paid by two payments beyond its amount": (
        allocated("paid", "500")
        + ";"
        + allocated("back", "500")
        + ";"
        + payment("1", id=NEW_PAYMENT)
        + ";"
        + allocated("paid", "1").replace("%(paid)s", NEW_PAYMENT),
        "a line of 1000.* cannot be paid with 1001",
    ),
    "taken back and given out twice": (
        allocated("back", "800") + ";" + allocated("back", "-800") + ";" + allocated("back", "800.01"),
        "a payment of 800.* cannot be allocated",
    ),
    "taken back from a line that another paid": (
        allocated("paid", "500") + ";" + allocated("back", "-1"),
        "cannot be allocated to -1",
    ),
}

FORGED = {
    "UPDATE of every row": "UPDATE {} SET id = id",
    "DELETE": "DELETE FROM {}",
    "TRUNCATE": "TRUNCATE {} CASCADE",
    "MERGE that changes": "MERGE INTO {} t USING (SELECT 1) s ON true WHEN MATCHED THEN UPDATE SET id = t.id",
    "MERGE that deletes": "MERGE INTO {} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    "ON CONFLICT": """INSERT INTO {0} SELECT * FROM {0} LIMIT 1
        ON CONFLICT (clinic_id, id) DO UPDATE SET clinic_id = excluded.clinic_id""",
}
ATTACKS |= {
    f"{verb} on {table}": (
        sql.format(table),
        DENIED if "CONFLICT" not in verb else DENIED + "|generated column",
    )
    for table in APPEND_ONLY
    for verb, sql in FORGED.items()
}
ATTACKS |= {
    f"{table} given to another patient by {verb}": (sql.format(table), "only grows")
    for table in ("billing_bill", "billing_payment")
    for verb, sql in {
        "UPDATE": "UPDATE {} SET patient_id = %(somebody)s",
        "MERGE": """MERGE INTO {} t USING (SELECT 1) s ON true
                    WHEN MATCHED THEN UPDATE SET patient_id = %(somebody)s""",
    }.items()
}

ALLOWED = {
    "a payment": payment("0.01"),
    "a bill": billed("100"),
    "a bill with a discount and its tax": billed("100", price="110", discount="10", tax="15.25"),
    "a bill with tax on top": billed("118", price="110", discount="10", tax="18", tax_is_added="true"),
    "three braces": billed("99.99", price="33.33", quantity="3"),
    "a note over a part of a line": note("-1000", "%(bill)s", "%(line)s", **OF_VISIT),
    "a line paid by two payments": allocated("paid", "500") + ";" + allocated("back", "500"),
}
