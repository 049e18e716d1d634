"""The queries of the day book. Each reads the raw rows of a clinic once, whatever the number of days and branches.

What moved money has a branch, a day that it is stated for, and the moment it was recorded. It stands in the book of its
stated day where that was open, else in that of the day of its record or of the first one that was open (`booked`). A
balance at the end of a day is the sum of all that stands in the books up to then, counted on from the last balance that
a closing wrote down (`OPENINGS`).

The branch of a bill is where it was issued, that of money handed back where it was handed back; account credit
belongs to the branch that received the payment, and what is still to pay to the branch of the bill.
"""

from __future__ import annotations

DAYS = """
every_day AS MATERIALIZED (
  SELECT branch_id, day, coalesce(shut, 'infinity') AS shut
    FROM unnest(%(branches)s::uuid[], %(days)s::date[], %(shut)s::timestamptz[]) AS given (branch_id, day, shut)
), days AS MATERIALIZED (SELECT * FROM every_day WHERE day >= %(first)s),
opened AS MATERIALIZED (SELECT * FROM every_day WHERE day < %(first)s)"""

# The day before these, branch by branch, and the day from whose balance is counted on; without one, from the beginning.
COUNTED_ON = """
opened AS MATERIALIZED (
  SELECT branch_id, day, coalesce(shut, 'infinity') AS shut, %(start)s AS ends,
         coalesce(base, '-infinity') AS base, coalesce(base_shut, '-infinity') AS base_shut,
         coalesce(base_ends, '-infinity') AS base_ends
    FROM unnest(%(opened)s::uuid[], %(opened_days)s::date[], %(opened_shut)s::timestamptz[], %(bases)s::date[],
                %(base_shut)s::timestamptz[], %(base_ends)s::timestamptz[])
      AS given (branch_id, day, shut, base, base_shut, base_ends))"""


def was_shut(branch_id: str, stated_on: str, recorded_at: str) -> str:
    """Whether the book of a stated day was shut when something was recorded."""
    return f"""EXISTS (
    SELECT FROM desk_dayclose c WHERE c.clinic_id = %(clinic)s AND c.branch_id = {branch_id} AND c.kind = 'closed'
       AND c.day >= {stated_on} AND c.recorded_at < {recorded_at})"""


def booked(rows: str) -> str:
    """The rows (branch_id, stated_on, recorded_at, ...) in the books of these days, each with its book_on."""
    late = was_shut("e.branch_id", "e.stated_on", "e.recorded_at")
    return f"""
  SELECT * FROM (
    SELECT e.*, CASE WHEN e.recorded_at <= d.shut THEN e.stated_on ELSE (
             SELECT min(later.day) FROM days later
              WHERE later.branch_id = e.branch_id AND e.recorded_at <= later.shut
                AND later.day >= (e.recorded_at AT TIME ZONE %(zone)s)::date) END AS book_on
      FROM ({rows}) e
      JOIN opened o ON o.branch_id = e.branch_id
      LEFT JOIN days d ON d.branch_id = e.branch_id AND d.day = e.stated_on
     WHERE e.recorded_at >= %(since)s AND e.stated_on <= %(last)s
       AND (e.stated_on >= %(first)s OR e.recorded_at > o.shut
            OR e.recorded_at >= %(start)s AND {late})) found WHERE book_on IS NOT NULL"""


# What money did: came in, became credit of a refund (no money came in), was handed back, or bounced. Of what bounced
# credit loses what had not been handed back before: that is charged (decision 0009).
MONEY = """
    SELECT p.id, p.id AS payment_id, p.branch_id, p.branch_id AS credit_branch_id, p.received_on AS stated_on,
           p.recorded_at, CASE p.method WHEN 'credit' THEN 'credit' ELSE 'received' END AS what, p.method, p.reference,
           p.amount, p.amount AS of_credit, p.by_id, '' AS reason
      FROM billing_payment p WHERE p.clinic_id = %(clinic)s AND p.recorded_at >= %(since)s
     UNION ALL
    SELECT r.id, r.payment_id, r.branch_id, p.branch_id, r.given_on, r.recorded_at, 'handed_back', r.method,
           r.reference, r.amount, r.amount, r.by_id, r.reason
      FROM billing_refund r JOIN billing_payment p ON p.clinic_id = r.clinic_id AND p.id = r.payment_id
     WHERE r.clinic_id = %(clinic)s AND r.recorded_at >= %(since)s
     UNION ALL
    SELECT b.id, b.payment_id, p.branch_id, p.branch_id, b.bounced_on, b.recorded_at, 'bounced', p.method, p.reference,
           p.amount, p.amount - coalesce(g.amount, 0), b.by_id, b.reason
      FROM billing_bounce b JOIN billing_payment p ON p.clinic_id = b.clinic_id AND p.id = b.payment_id
      LEFT JOIN billing_billline g ON g.clinic_id = b.clinic_id AND g.id = b.charge_id
     WHERE b.clinic_id = %(clinic)s AND b.recorded_at >= %(since)s"""

MONEY_SUMS = f"""
WITH {DAYS}
SELECT book_on, branch_id, what, method, by_id, count(*) AS count, sum(amount) AS amount,
       coalesce(sum(amount) FILTER (WHERE stated_on < book_on), 0) AS for_earlier_days
  FROM ({booked(MONEY)}) m GROUP BY book_on, branch_id, what, method, by_id"""

# A bill's own moment is `issued_at`, and its day the local day of that.
PAPERS = f"""
WITH {DAYS}
SELECT book_on, branch_id, kind, prefix, financial_year, count(*) AS count, sum(total) AS amount,
       (array_agg(name ORDER BY number))[1] AS first_name, (array_agg(name ORDER BY number DESC))[1] AS last_name
  FROM ({
    booked('''
    SELECT b.branch_id, b.issued_on AS stated_on, b.issued_at AS recorded_at, b.kind, b.prefix, b.financial_year,
           b.number, b.name, b.total
      FROM billing_bill b WHERE b.clinic_id = %(clinic)s AND b.issued_at >= %(since)s''')
}) m
 GROUP BY book_on, branch_id, kind, prefix, financial_year ORDER BY kind, prefix, financial_year, book_on"""

# Allocations have no day of their own but that of their record. Those that a bounce takes back are written with it.
ALLOCATIONS = """
    SELECT a.payment_id, {branch} AS branch_id, (a.recorded_at AT TIME ZONE %(zone)s)::date AS stated_on, a.recorded_at,
           a.amount, a.amount < 0 AND EXISTS (
             SELECT FROM billing_bounce b WHERE b.clinic_id = a.clinic_id AND b.payment_id = a.payment_id
                AND a.recorded_at BETWEEN b.recorded_at - interval '5 seconds' AND b.recorded_at) AS by_bounce
      FROM billing_allocation a {joins}
     WHERE a.clinic_id = %(clinic)s AND a.recorded_at >= %(since)s"""
TO_PAYMENT = "JOIN billing_payment p ON p.clinic_id = a.clinic_id AND p.id = a.payment_id"
TO_BILL = """JOIN billing_billline l ON l.clinic_id = a.clinic_id AND l.id = a.line_id
      JOIN billing_bill i ON i.clinic_id = l.clinic_id AND i.id = l.bill_id"""
FROM_CREDIT = ALLOCATIONS.format(branch="p.branch_id", joins=TO_PAYMENT)
ONTO_BILLS = ALLOCATIONS.format(branch="i.branch_id", joins=TO_BILL)
OF_CREDIT = f"""
    SELECT m.id, m.payment_id, m.credit_branch_id AS branch_id, m.stated_on, m.recorded_at, m.what, m.method,
           m.of_credit AS amount
      FROM ({MONEY}) m"""

# Money of a payment that was received and applied in one book never was account credit: only what was left of it.
CREDIT = f"""
WITH {DAYS}, money AS MATERIALIZED ({booked(OF_CREDIT)}), applied AS MATERIALIZED ({booked(FROM_CREDIT)})
SELECT book_on, branch_id, what, sum(amount) AS amount FROM (
  SELECT book_on, branch_id, what, CASE WHEN what IN ('handed_back', 'bounced') THEN -amount ELSE amount END AS amount
    FROM money
   UNION ALL
  SELECT a.book_on, a.branch_id, CASE WHEN a.by_bounce THEN 'bounced' WHEN m.id IS NOT NULL THEN m.what
           WHEN a.amount < 0 THEN 'released' ELSE 'applied' END, -a.amount
    FROM applied a
    LEFT JOIN money m ON m.id = a.payment_id AND m.book_on = a.book_on) flow
 GROUP BY book_on, branch_id, what"""

OWED = f"""
WITH {DAYS}
SELECT book_on, branch_id, what, sum(amount) AS amount FROM (
  SELECT book_on, branch_id, CASE WHEN credits_id IS NULL THEN 'billed' ELSE 'credited' END AS what, amount
    FROM ({
    booked('''
    SELECT b.branch_id, b.issued_on AS stated_on, b.issued_at AS recorded_at, l.credits_id, l.amount
      FROM billing_bill b JOIN billing_billline l ON l.clinic_id = b.clinic_id AND l.bill_id = b.id
     WHERE b.clinic_id = %(clinic)s AND b.issued_at >= %(since)s''')
}) lines
   UNION ALL
  SELECT book_on, branch_id, CASE WHEN by_bounce THEN 'bounced' WHEN amount < 0 THEN 'released' ELSE 'paid' END, -amount
    FROM ({booked(ONTO_BILLS)}) paid) flow
 GROUP BY book_on, branch_id, what"""


def stood(recorded_at: str, stated_on: str) -> str:
    """Whether something of the branch o stood in the books up to o.day, and not yet in those up to o.base."""
    shut = was_shut("o.branch_id", stated_on, recorded_at)
    until, counted = (
        f"{stated_on} <= {day} AND {recorded_at} <= o.{base}shut AND ({recorded_at} < o.{base}ends OR NOT {shut})"
        for day, base in (("o.day", ""), ("o.base", "base_"))
    )
    return f"{recorded_at} >= %(counted_since)s AND {until} AND NOT ({counted})"


def dated(recorded_at: str) -> str:
    """The same of something that has no day but that of its record."""
    until, counted = (
        f"{recorded_at} < o.{prefix}ends AND {recorded_at} <= o.{prefix}shut" for prefix in ("", "base_")
    )
    return f"{recorded_at} >= %(counted_since)s AND {until} AND NOT ({counted})"


# What patients got to have unapplied, and to pay, in the books after those up to o.base and up to o.day.
BALANCES = f"""
  SELECT o.branch_id, 'credit' AS what, p.amount
    FROM billing_payment p JOIN opened o ON o.branch_id = p.branch_id
   WHERE p.clinic_id = %(clinic)s AND {stood("p.recorded_at", "p.received_on")}
   UNION ALL
  SELECT o.branch_id, 'credit', -a.amount
    FROM billing_allocation a {TO_PAYMENT} JOIN opened o ON o.branch_id = p.branch_id
   WHERE a.clinic_id = %(clinic)s AND {dated("a.recorded_at")}
   UNION ALL
  SELECT o.branch_id, 'credit', -r.amount
    FROM billing_refund r JOIN billing_payment p ON p.clinic_id = r.clinic_id AND p.id = r.payment_id
    JOIN opened o ON o.branch_id = p.branch_id
   WHERE r.clinic_id = %(clinic)s AND {stood("r.recorded_at", "r.given_on")}
   UNION ALL
  SELECT o.branch_id, 'credit', coalesce(g.amount, 0) - p.amount
    FROM billing_bounce b JOIN billing_payment p ON p.clinic_id = b.clinic_id AND p.id = b.payment_id
    LEFT JOIN billing_billline g ON g.clinic_id = b.clinic_id AND g.id = b.charge_id
    JOIN opened o ON o.branch_id = p.branch_id
   WHERE b.clinic_id = %(clinic)s AND {stood("b.recorded_at", "b.bounced_on")}
   UNION ALL
  SELECT o.branch_id, 'owed', l.amount
    FROM billing_bill b JOIN opened o ON o.branch_id = b.branch_id
    JOIN billing_billline l ON l.clinic_id = b.clinic_id AND l.bill_id = b.id
   WHERE b.clinic_id = %(clinic)s AND {dated("b.issued_at")}
   UNION ALL
  SELECT o.branch_id, 'owed', -a.amount
    FROM billing_allocation a {TO_BILL} JOIN opened o ON o.branch_id = i.branch_id
   WHERE a.clinic_id = %(clinic)s AND {dated("a.recorded_at")}"""

OPENINGS = f"""
WITH {COUNTED_ON}
SELECT branch_id, what, sum(amount) AS amount FROM ({BALANCES}) balance GROUP BY branch_id, what"""
