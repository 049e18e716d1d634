"""The money of a clinic added up three ways: by bills, by payments, by patient. Whatever happened, these hold.

What a line still asks for and what a payment has left are taken as the screens show them, never below 0; so money that
went two ways, or pays for what was taken back, shows as a difference of the sums.
"""

# Each line that charges: what stands of it, what paid for it, and what is still to pay.
LINES = """
  SELECT l.id, b.patient_id, l.amount, l.amount + coalesce(c.credited, 0) AS standing, coalesce(a.paid, 0) AS paid,
         greatest(l.amount + coalesce(c.credited, 0) - coalesce(a.paid, 0), 0) AS owed
    FROM billing_billline l
    JOIN billing_bill b ON b.clinic_id = l.clinic_id AND b.id = l.bill_id
    LEFT JOIN (SELECT credits_id, sum(amount) AS credited FROM billing_billline
                WHERE clinic_id = %(clinic)s AND credits_id IS NOT NULL GROUP BY credits_id) c ON c.credits_id = l.id
    LEFT JOIN (SELECT line_id, sum(amount) AS paid FROM billing_allocation
                WHERE clinic_id = %(clinic)s GROUP BY line_id) a ON a.line_id = l.id
   WHERE l.clinic_id = %(clinic)s AND l.credits_id IS NULL
"""
# Each payment: where its money is. One that bounced has nothing left: what was handed back out of it is charged
# (decision 0009), and the rest is in `bounced`.
PAYMENTS = """
  SELECT p.id, p.patient_id, p.amount, coalesce(a.applied, 0) AS applied, coalesce(r.given, 0) AS given,
         b.id IS NOT NULL AS has_bounced, coalesce(charge.amount, 0) AS charged,
         CASE WHEN b.id IS NULL THEN 0 ELSE greatest(p.amount - coalesce(charge.amount, 0), 0) END AS bounced,
         CASE WHEN b.id IS NULL
           THEN greatest(p.amount - coalesce(a.applied, 0) - coalesce(r.given, 0), 0) ELSE 0 END AS unapplied
    FROM billing_payment p
    LEFT JOIN billing_bounce b ON b.clinic_id = p.clinic_id AND b.payment_id = p.id
    LEFT JOIN billing_billline charge ON charge.clinic_id = b.clinic_id AND charge.id = b.charge_id
    LEFT JOIN (SELECT payment_id, sum(amount) AS applied FROM billing_allocation
                WHERE clinic_id = %(clinic)s GROUP BY payment_id) a ON a.payment_id = p.id
    LEFT JOIN (SELECT payment_id, sum(amount) AS given FROM billing_refund
                WHERE clinic_id = %(clinic)s GROUP BY payment_id) r ON r.payment_id = p.id
   WHERE p.clinic_id = %(clinic)s
"""

CHECKS = {
    "what was billed is paid, taken back or still to pay": f"""
        SELECT 'all bills', b.total, l.paid + l.owed
          FROM (SELECT coalesce(sum(total), 0) AS total FROM billing_bill WHERE clinic_id = %(clinic)s) b,
               (SELECT coalesce(sum(paid), 0) AS paid, coalesce(sum(owed), 0) AS owed FROM ({LINES}) each) l
         WHERE b.total <> l.paid + l.owed""",
    "what was received is applied, handed back, bounced or unapplied": f"""
        SELECT 'all payments', sum(amount), sum(applied + given + bounced + unapplied)
          FROM ({PAYMENTS}) p HAVING sum(amount) <> sum(applied + given + bounced + unapplied)""",
    "what each patient was billed": f"""
        SELECT 'patient ' || p.number, b.total, coalesce(l.asked, 0)
          FROM (SELECT patient_id, sum(total) AS total FROM billing_bill
                 WHERE clinic_id = %(clinic)s GROUP BY patient_id) b
          JOIN clinic_patient p ON p.clinic_id = %(clinic)s AND p.id = b.patient_id
          LEFT JOIN (SELECT patient_id, sum(paid + owed) AS asked FROM ({LINES}) each GROUP BY patient_id) l
            ON l.patient_id = b.patient_id
         WHERE b.total <> coalesce(l.asked, 0)""",
    "what each patient paid": f"""
        SELECT 'patient ' || p.number, m.amount, m.went
          FROM (SELECT patient_id, sum(amount) AS amount, sum(applied + given + bounced + unapplied) AS went
                  FROM ({PAYMENTS}) each GROUP BY patient_id) m
          JOIN clinic_patient p ON p.clinic_id = %(clinic)s AND p.id = m.patient_id
         WHERE m.amount <> m.went""",
    "what was applied, by bills and by payments": f"""
        SELECT 'all allocations', l.paid, p.applied
          FROM (SELECT coalesce(sum(paid), 0) AS paid FROM ({LINES}) each) l,
               (SELECT coalesce(sum(applied), 0) AS applied FROM ({PAYMENTS}) each) p
         WHERE l.paid <> p.applied""",
    "what a patient owes is what was billed and not paid": f"""
        SELECT 'all patients', o.owed, t.received
          FROM (SELECT coalesce(sum(owed), 0) AS owed FROM ({LINES}) each) o,
               (SELECT (SELECT coalesce(sum(total), 0) FROM billing_bill WHERE clinic_id = %(clinic)s)
                       - coalesce(sum(amount - given - bounced - unapplied), 0) AS received
                  FROM ({PAYMENTS}) each) t
         WHERE o.owed <> t.received""",
    "a payment that bounced pays for nothing": f"""
        SELECT 'payment ' || id, charged, applied + given FROM ({PAYMENTS}) p
         WHERE has_bounced AND (applied <> 0 OR given <> charged)""",
}
