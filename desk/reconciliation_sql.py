"""The questions of the reconciliation: by package, what packages say of some days and what bills say of them.

Each has what `ours` and `theirs` add up to, and what of a difference is known and in order.
"""

from __future__ import annotations

from dataclasses import dataclass

# One row at least: both sums, and beside them each package of which the two differ, what is not explained first.
COMPARED = """
WITH ours AS ({ours}), theirs AS ({theirs}),
  sums AS (SELECT (SELECT coalesce(sum(amount), 0) FROM ours WHERE package_id IS NOT NULL) AS ours,
                  (SELECT coalesce(sum(amount), 0) FROM theirs WHERE package_id IS NOT NULL) AS theirs),
  differing AS (
    SELECT p.id, p.number, p.name, p.patient_id, patient.name AS patient, coalesce(ours.amount, 0) AS ours,
           coalesce(theirs.amount, 0) AS theirs, CASE {known} ELSE '' END AS known
      FROM ours FULL JOIN theirs ON theirs.package_id = ours.package_id
      JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = coalesce(ours.package_id, theirs.package_id)
      JOIN clinic_patient patient ON patient.clinic_id = p.clinic_id AND patient.id = p.patient_id
     WHERE coalesce(ours.amount, 0) <> coalesce(theirs.amount, 0))
SELECT sums.ours, sums.theirs, differing.* FROM sums LEFT JOIN differing ON true
 ORDER BY differing.known <> '', differing.number
"""


@dataclass(frozen=True)
class Question:
    """Two sums by package and day, each of (package_id, amount); `known` are the WHENs that name a difference."""

    ours: str
    theirs: str
    known: str

    @property
    def sql(self) -> str:
        asked = COMPARED.replace("{ours}", self.ours).replace("{theirs}", self.theirs)
        return asked.replace("{known}", self.known)


SOLD = Question(
    # Value that came with transferred sessions, or was carried over from the month before, is on no bill.
    ours="""
      SELECT id AS package_id, price - moved_in AS amount FROM packages_package
       WHERE clinic_id = %(clinic)s AND sold_on BETWEEN %(first)s AND %(last)s""",
    theirs="""
      SELECT l.package_id, sum(l.amount) AS amount FROM billing_billline l
        JOIN billing_bill b ON b.clinic_id = l.clinic_id AND b.id = l.bill_id
       WHERE l.clinic_id = %(clinic)s AND l.kind = 'package' AND l.credits_id IS NULL
         AND b.issued_at >= %(start)s AND b.issued_at < %(stop)s
         AND b.issued_on BETWEEN %(first)s AND %(last)s GROUP BY l.package_id""",
    known="""
      WHEN p.is_opening AND theirs.amount IS NULL THEN 'opening'
      WHEN p.membership_id IS NOT NULL AND p.price - p.moved_in = (
        SELECT sum(amount) FROM billing_billline l WHERE l.clinic_id = p.clinic_id AND l.package_id = p.id
          AND l.kind = 'package' AND l.credits_id IS NULL) THEN 'month'""",
)

# The day of money: when it was taken, or when it was set against the package later on, or taken off it. What was
# written, or taken, about these days is looked up by its index; the day itself is told of that only.
RECEIVED = Question(
    ours="""
      SELECT package_id, sum(amount) AS amount FROM packages_receipt
       WHERE clinic_id = %(clinic)s AND received_on BETWEEN %(first)s AND %(last)s GROUP BY package_id""",
    theirs="""
      SELECT package_id, sum(amount) AS amount FROM (
        SELECT l.package_id, a.amount, CASE
                 WHEN a.amount < 0 THEN (a.recorded_at AT TIME ZONE %(zone)s)::date
                 WHEN (a.recorded_at AT TIME ZONE %(zone)s)::date > (paid.recorded_at AT TIME ZONE %(zone)s)::date
                 THEN (a.recorded_at AT TIME ZONE %(zone)s)::date ELSE paid.received_on END AS day
          FROM (SELECT id FROM billing_allocation
                 WHERE clinic_id = %(clinic)s AND recorded_at >= %(start)s AND recorded_at < %(stop)s
                 UNION
                SELECT a.id FROM billing_payment taken
                  JOIN billing_allocation a ON a.clinic_id = taken.clinic_id AND a.payment_id = taken.id
                 WHERE taken.clinic_id = %(clinic)s AND taken.received_on BETWEEN %(first)s AND %(last)s) near
          JOIN billing_allocation a ON a.clinic_id = %(clinic)s AND a.id = near.id
          JOIN billing_billline l ON l.clinic_id = a.clinic_id AND l.id = a.line_id AND l.kind = 'package'
          JOIN billing_payment paid ON paid.clinic_id = a.clinic_id AND paid.id = a.payment_id) each
       WHERE day BETWEEN %(first)s AND %(last)s GROUP BY package_id""",
    known="""
      WHEN (SELECT coalesce(sum(amount), 0) FROM packages_receipt r WHERE r.clinic_id = p.clinic_id
              AND r.package_id = p.id)
         = (SELECT coalesce(sum(a.amount), 0) FROM billing_allocation a
              JOIN billing_billline l ON l.clinic_id = a.clinic_id AND l.id = a.line_id AND l.kind = 'package'
             WHERE l.clinic_id = p.clinic_id AND l.package_id = p.id) THEN 'day'""",
)

# What a refund comes to is taken off the lines of the sale, and free again; what no bill sold is a credit of its own.
PAID_BACK = Question(
    ours="""
      SELECT package_id, sum(amount) AS amount FROM packages_change
       WHERE clinic_id = %(clinic)s AND kind = 'refunded' AND happened_on BETWEEN %(first)s AND %(last)s
       GROUP BY package_id""",
    theirs="""
      SELECT package_id, sum(amount) AS amount FROM (
        SELECT l.package_id, -a.amount AS amount FROM billing_allocation a
          JOIN billing_billline l ON l.clinic_id = a.clinic_id AND l.id = a.line_id AND l.kind = 'package'
          JOIN packages_change c ON c.clinic_id = l.clinic_id AND c.package_id = l.package_id AND c.kind = 'refunded'
         WHERE a.clinic_id = %(clinic)s AND a.amount < 0 AND a.reason = '' AND a.recorded_at >= c.recorded_at
           AND a.recorded_at >= %(start)s AND a.recorded_at < %(stop)s
           AND (a.recorded_at AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(last)s
         UNION ALL
        SELECT package_id, amount FROM billing_payment
         WHERE clinic_id = %(clinic)s AND method = 'credit' AND received_on BETWEEN %(first)s AND %(last)s) each
       GROUP BY package_id""",
    known="WHEN false THEN ''",
)

# A sale that was taken back whole, and the notes over it; the note of a refund takes back what its rule does not keep.
TAKEN_BACK = Question(
    ours="""
      SELECT c.package_id, p.price - p.moved_in AS amount FROM packages_change c
        JOIN packages_package p ON p.clinic_id = c.clinic_id AND p.id = c.package_id
       WHERE c.clinic_id = %(clinic)s AND c.kind = 'voided' AND c.happened_on BETWEEN %(first)s AND %(last)s""",
    theirs="""
      SELECT l.package_id, -sum(l.amount) AS amount FROM billing_billline l
        JOIN billing_bill b ON b.clinic_id = l.clinic_id AND b.id = l.bill_id
       WHERE l.clinic_id = %(clinic)s AND l.kind = 'package' AND l.credits_id IS NOT NULL
         AND b.issued_at >= %(start)s AND b.issued_at < %(stop)s
         AND b.issued_on BETWEEN %(first)s AND %(last)s GROUP BY l.package_id""",
    known="""
      WHEN ours.amount IS NULL AND EXISTS (
        SELECT FROM packages_change c WHERE c.clinic_id = p.clinic_id AND c.package_id = p.id AND c.kind = 'refunded'
           AND c.happened_on BETWEEN %(first)s AND %(last)s) THEN 'refund'
      WHEN p.is_opening AND theirs.amount IS NULL THEN 'opening'""",
)

# Sessions: what visits used, and what the package's box on the bill of that visit says that it took.
USED = Question(
    ours="""
      SELECT package_id, -sum(sessions) AS amount FROM packages_entry
       WHERE clinic_id = %(clinic)s AND kind IN ('used', 'used_partly')
         AND happened_on BETWEEN %(first)s AND %(last)s GROUP BY package_id""",
    theirs="""
      SELECT e.package_id, sum((b.document #>> '{package,taken}')::numeric) AS amount FROM packages_entry e
        JOIN packages_package p ON p.clinic_id = e.clinic_id AND p.id = e.package_id
        JOIN billing_bill b ON b.clinic_id = e.clinic_id AND b.visit_id = e.visit_id AND b.corrects_id IS NULL
             AND (b.document #>> '{package,number}')::int = p.number
             AND (b.document #>> '{package,line}')::int = e.number
       WHERE e.clinic_id = %(clinic)s AND e.kind IN ('used', 'used_partly')
         AND e.happened_on BETWEEN %(first)s AND %(last)s GROUP BY e.package_id""",
    known="""
      WHEN coalesce(ours.amount, 0) - coalesce(theirs.amount, 0) = (
        SELECT -sum(e.sessions) FROM packages_entry e
         WHERE e.clinic_id = p.clinic_id AND e.package_id = p.id AND e.kind IN ('used', 'used_partly')
           AND e.happened_on BETWEEN %(first)s AND %(last)s
           AND EXISTS (SELECT FROM packages_entry aside WHERE aside.clinic_id = e.clinic_id
                 AND aside.visit_id = e.visit_id AND aside.kind = 'set_aside' AND aside.turn < e.turn))
        THEN 'dispute'""",
)
