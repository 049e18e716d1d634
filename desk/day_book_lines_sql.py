"""The queries of the day book's single lines, and of what was recorded for a day after its book was shut."""

from __future__ import annotations

from .day_book_sql import DAYS, MONEY, booked

# What a payment paid for when its book ended, bill by bill; of money that went back, nothing.
_PAYS = """
  LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('id', i.id, 'name', i.name, 'amount', i.amount::text) ORDER BY i.name) AS bills,
           coalesce(sum(i.amount), 0) AS applied
      FROM (SELECT b.id, b.name, sum(a.amount) AS amount
              FROM billing_allocation a
              JOIN billing_billline l ON l.clinic_id = a.clinic_id AND l.id = a.line_id
              JOIN billing_bill b ON b.clinic_id = l.clinic_id AND b.id = l.bill_id
             WHERE a.clinic_id = %(clinic)s AND a.payment_id = e.payment_id AND e.what IN ('received', 'credit')
               AND (a.recorded_at AT TIME ZONE %(zone)s)::date <= e.book_on AND a.recorded_at <= d.shut
             GROUP BY b.id, b.name HAVING sum(a.amount) <> 0) i) pays ON true"""
_WHO = """
  JOIN billing_payment paid ON paid.clinic_id = %(clinic)s AND paid.id = e.payment_id
  JOIN clinic_patient patient ON patient.clinic_id = paid.clinic_id AND patient.id = paid.patient_id"""
_COLUMNS = """
SELECT e.id, e.book_on, e.branch_id, e.stated_on, e.recorded_at, e.what, e.method, e.reference, e.amount, e.by_id,
       e.reason, patient.id AS patient_id, patient.name AS patient, patient.number AS patient_number"""

LINES = f"""
WITH {DAYS}, lines AS MATERIALIZED (
  {booked(MONEY)} ORDER BY recorded_at, id LIMIT %(limit)s OFFSET %(offset)s)
{_COLUMNS}, pays.bills, CASE WHEN e.what IN ('received', 'credit') THEN e.amount - pays.applied ELSE 0 END AS unapplied
  FROM lines e {_WHO}
  JOIN days d ON d.branch_id = e.branch_id AND d.day = e.book_on {_PAYS}
 ORDER BY e.recorded_at, e.id"""

_BOOK_OF = """greatest((m.recorded_at AT TIME ZONE %(zone)s)::date, (
         SELECT max(c.day) + 1 FROM desk_dayclose c
          WHERE c.clinic_id = %(clinic)s AND c.branch_id = m.branch_id AND c.kind = 'closed'
            AND c.recorded_at < m.recorded_at)) AS book_on"""
_LATE = f"""
SELECT m.*, {_BOOK_OF} FROM ({MONEY}) m
  JOIN days d ON d.branch_id = m.branch_id AND d.day = m.stated_on WHERE m.recorded_at > d.shut"""

LATE = f"""
WITH {DAYS}, lines AS ({_LATE} ORDER BY m.recorded_at, m.id LIMIT %(limit)s)
{_COLUMNS}, NULL AS bills, 0 AS unapplied FROM lines e {_WHO} ORDER BY e.recorded_at, e.id"""

LATE_SUMS = f"""
WITH {DAYS}
SELECT stated_on AS book_on, branch_id, what, method, NULL AS by_id, count(*) AS count, sum(amount) AS amount,
       0 AS for_earlier_days
  FROM ({_LATE}) late GROUP BY stated_on, branch_id, what, method
 UNION ALL
SELECT b.issued_on, b.branch_id, 'paper', b.kind, NULL, count(*), sum(b.total), 0
  FROM billing_bill b JOIN days d ON d.branch_id = b.branch_id AND d.day = b.issued_on
 WHERE b.clinic_id = %(clinic)s AND b.issued_at >= %(since)s AND b.issued_at > d.shut
 GROUP BY b.issued_on, b.branch_id, b.kind"""
