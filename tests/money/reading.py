"""What the program says, by plain SQL of the tests' own and by its services, in the words of the books."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from billing.payments import owed_lines, unapplied_of, with_left, with_owed
from clinic.models import Patient

from .books import Books

BILLS = """
SELECT b.id, b.patient_id, b.branch_id, b.total, b.corrects_id,
       (b.document->>'total')::numeric,
       (SELECT coalesce(sum((line->>'amount')::numeric), 0) FROM jsonb_array_elements(b.document->'lines') line)
  FROM billing_bill b WHERE b.kind NOT IN ('received', 'refund_note')
"""
# Papers over money alone, by what they say. Each row of what they list is added up.
PAPERS = """
SELECT b.kind, b.patient_id::text, b.branch_id::text, (b.document->>'moved')::numeric,
       (b.document->>'kept')::numeric, b.total,
       (SELECT coalesce(sum((row->>'amount')::numeric), 0)
          FROM jsonb_array_elements(coalesce(b.document->'applied', b.document->'handed_back')) row)
  FROM billing_bill b WHERE b.kind IN ('received', 'refund_note')
"""
LINES = """
SELECT l.bill_id, l.position, l.amount, l.tax,
       (SELECT coalesce(-sum(c.amount), 0) FROM billing_billline c WHERE c.credits_id = l.id),
       (SELECT coalesce(-sum(c.tax), 0) FROM billing_billline c WHERE c.credits_id = l.id),
       (SELECT coalesce(sum(a.amount), 0) FROM billing_allocation a WHERE a.line_id = l.id)
  FROM billing_billline l WHERE l.credits_id IS NULL
"""
PAYMENTS = """
SELECT p.id, p.patient_id, p.branch_id, p.amount, p.received_on, p.method = 'credit',
       (SELECT coalesce(sum(a.amount), 0) FROM billing_allocation a WHERE a.payment_id = p.id),
       (SELECT coalesce(sum(r.amount), 0) FROM billing_refund r WHERE r.payment_id = p.id),
       EXISTS (SELECT FROM billing_bounce b WHERE b.payment_id = p.id)
  FROM billing_payment p
"""
PACKS = """
SELECT p.id, p.patient_id, p.state, p.paid, p.sessions_left, p.value_left,
       (SELECT coalesce(json_object_agg(day, amount), '{}')::text FROM (
          SELECT received_on AS day, sum(amount) AS amount FROM packages_receipt r WHERE r.package_id = p.id
           GROUP BY received_on HAVING sum(amount) <> 0) each)
  FROM packages_package p
"""
# Everything that an act of money writes into; its counts before and after a refusal, or a second time, are the same.
WRITTEN = (
    "billing_bill",
    "billing_billline",
    "billing_payment",
    "billing_allocation",
    "billing_refund",
    "billing_bounce",
    "billing_acknowledgement",
    "billing_instalmentplan",
    "billing_instalment",
    "billing_numberseries",
    "packages_package",
    "packages_entry",
    "packages_receipt",
    "packages_change",
    "visits_visit",
    "clinic_auditevent",
    "clinic_message",
)


def rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def counts() -> tuple[Any, ...]:
    return rows(f"SELECT {', '.join(f'(SELECT count(*) FROM {table})' for table in WRITTEN)}")[0]


class Reading:
    """The tables and the books side by side, amounts in coins."""

    def __init__(self, books: Books, patients: list[Patient], branches: list[Any], places: int) -> None:
        self.books, self.places = books, places
        self.patients, self.branches = patients, branches

    def coins(self, amount: Any) -> int:
        """Never a part of a coin, wherever it stands."""
        exact = Decimal(str(amount)).scaleb(self.places)
        assert exact == exact.to_integral_value(), f"{amount} is no whole number of coins"
        return int(exact)

    def compare(self) -> None:
        """Bill by bill, line by line, payment by payment, pack by pack, and all in all."""
        patient = [each.pk for each in self.patients]
        branch = [each.pk for each in self.branches]
        coins = self.coins
        said: Any = {
            "bills": {
                row[0]: (row[1], row[2], coins(row[3]), row[4], coins(row[5]), coins(row[6]))
                for row in rows(BILLS)
            },
            "lines": {row[:2]: tuple(map(coins, row[2:])) for row in rows(LINES)},
            "payments": {
                row[0]: (*row[1:3], coins(row[3]), row[4], row[5], coins(row[6]), coins(row[7]), row[8])
                for row in rows(PAYMENTS)
            },
            "packs": {
                row[0]: (row[1], row[2], coins(row[3]), int(row[4] * 2), coins(row[5]), self._by_day(row[6]))
                for row in rows(PACKS)
            },
        }
        books = self.books
        kept: Any = {
            "bills": {
                bill.id: (
                    patient[bill.patient],
                    branch[bill.branch],
                    bill.total,
                    bill.corrects and bill.corrects.id,
                    bill.total,
                    bill.total,
                )
                for bill in books.bills
            },
            "lines": {
                (bill.id, n): (line.amount, line.tax, line.credited, line.credited_tax, line.paid)
                for bill in books.bills
                for n, line in enumerate(bill.lines, start=1)
            },
            "payments": {
                each.id: (
                    patient[each.patient],
                    branch[each.branch],
                    each.amount,
                    each.day,
                    each.is_credit,
                    each.set_against,
                    each.handed_back,
                    each.bounced,
                )
                for each in books.payments
            },
            "packs": {
                pack.id: (
                    patient[pack.patient],
                    pack.state,
                    pack.paid,
                    pack.left + pack.bonus,
                    pack.value,
                    {day.isoformat(): amount for day, amount in pack.receipts.items() if amount},
                )
                for pack in books.packs
            },
        }
        assert self._papers() == self._papers_kept(), "papers over money"
        for what in kept:
            if said[what] != kept[what]:
                names = said[what].keys() | kept[what].keys()
                two = {name: (said[what].get(name), kept[what].get(name)) for name in names}
                differ = {name: both for name, both in two.items() if both[0] != both[1]}
                raise AssertionError(f"{what}, the program and the books: {differ}")
        self.add_up(said)

    def _papers(self) -> list[tuple[Any, ...]]:
        return sorted((*row[:3], *map(self.coins, row[3:])) for row in rows(PAPERS))

    def _papers_kept(self) -> list[tuple[Any, ...]]:
        """What was received and is not kept was set against bills; all that a refund note lists was handed back."""
        return sorted(
            (
                each.kind,
                str(self.patients[each.patient].pk),
                str(self.branches[each.branch].pk),
                each.moved,
                each.kept,
                0,
                each.moved if each.kind == "refund_note" else each.moved - each.kept,
            )
            for each in self.books.papers
        )

    def _by_day(self, receipts: str) -> dict[str, int]:
        return {day: self.coins(amount) for day, amount in json.loads(receipts, parse_float=Decimal).items()}

    def add_up(self, said: dict[str, Any]) -> None:
        """By bills and by payments the same money: what was set against lines is what pays for them."""
        books = self.books
        lines, payments = said["lines"].values(), said["payments"].values()
        paid = sum(line[4] for line in lines)
        set_against = sum(payment[5] for payment in payments)
        assert paid == set_against, "what bills have been paid is not what payments pay"

        owed = sum(books.owed_by(n) for n in range(len(self.patients)))
        charged = sum(line[0] for line in lines)
        assert charged == paid + owed + sum(line[2] for line in lines), "by bills"

        came_in = sum(payment[2] for payment in payments)
        bounced = sum(payment[2] - payment[6] for payment in payments if payment[7])
        left = sum(books.credit_of(n) for n in range(len(self.patients)))
        assert came_in == set_against + sum(payment[6] for payment in payments) + bounced + left, (
            "by payments"
        )
        assert sum(bill[2] for bill in said["bills"].values()) == paid + owed, "by totals of bills and notes"

    def by_patient(self) -> None:
        """What the program says that each owes and has as account credit."""
        owed = with_owed().filter(credits__isnull=True).values("bill__patient").annotate(sum=Sum("owed"))
        left = with_left().values("patient").annotate(sum=Sum("left"))
        owes = {row["bill__patient"]: self.coins(row["sum"]) for row in owed.order_by()}
        has = {row["patient"]: self.coins(row["sum"]) for row in left.order_by()}
        for n, patient in enumerate(self.patients):
            said = owes.get(patient.pk, 0), has.get(patient.pk, 0)
            assert said == (self.books.owed_by(n), self.books.credit_of(n)), f"by patient {n}"

    def on_the_screen(self) -> None:
        """The same by the lists that the desk reads from, in their order; who has no credit is among the sums."""
        owed = [self.coins(line.owed) for line in owed_lines(*self.patients)]
        assert owed == [line.owed for n in range(len(self.patients)) for line in self.books.owed_lines(n)]
        for n in {payment.patient for payment in self.books.payments if payment.left}:
            free = [(payment.pk, self.coins(left)) for payment, left in unapplied_of(self.patients[n])]
            assert free == [(payment.id, payment.left) for payment in self.books.unapplied_of(n)]
