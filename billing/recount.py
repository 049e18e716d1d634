"""Bills and payments recounted."""

# What each payment was spent on: set against lines, and handed back.
SPENT = """
  SELECT payment_id, sum(amount) AS amount, coalesce(sum(amount) FILTER (WHERE against), 0) AS set_against
    FROM (SELECT payment_id, amount, true AS against FROM billing_allocation WHERE clinic_id = %(clinic)s
          UNION ALL SELECT payment_id, amount, false FROM billing_refund WHERE clinic_id = %(clinic)s) each
   GROUP BY payment_id
"""

CHECKS = {
    "bill numbers without a gap": """
        SELECT 'series ' || prefix || ' ' || financial_year, max(number), count(*)
          FROM billing_bill WHERE clinic_id = %(clinic)s
         GROUP BY prefix, financial_year HAVING max(number) <> count(*)""",
    "last number of each series": """
        SELECT 'series ' || s.prefix || ' ' || s.financial_year, s.last_number, coalesce(max(b.number), 0)
          FROM billing_numberseries s
          LEFT JOIN billing_bill b ON b.clinic_id = s.clinic_id AND b.prefix = s.prefix
               AND b.financial_year = s.financial_year
         WHERE s.clinic_id = %(clinic)s
         GROUP BY s.prefix, s.financial_year, s.last_number HAVING s.last_number <> coalesce(max(b.number), 0)""",
    "bills dated in the order of their numbers": """
        SELECT 'bill ' || name, issued_at, earlier FROM (
          SELECT name, issued_at, lag(issued_at) OVER (PARTITION BY prefix, financial_year ORDER BY number) AS earlier
            FROM billing_bill WHERE clinic_id = %(clinic)s) b WHERE issued_at < earlier""",
    "totals of bills": """
        SELECT 'bill ' || b.name, b.total, coalesce(sum(l.amount), 0)
          FROM billing_bill b LEFT JOIN billing_billline l ON l.clinic_id = b.clinic_id AND l.bill_id = b.id
         WHERE b.clinic_id = %(clinic)s
         GROUP BY b.name, b.total HAVING b.total <> coalesce(sum(l.amount), 0)""",
    "one bill for each completion": """
        SELECT 'visit ' || v.id, v.completions, count(b.id)
          FROM visits_visit v
          LEFT JOIN billing_bill b ON b.clinic_id = v.clinic_id AND b.visit_id = v.id
         WHERE v.clinic_id = %(clinic)s AND v.settlement <> 'before'
         GROUP BY v.id, v.completions HAVING v.completions <> count(b.id)""",
    "payments not spent twice": f"""
        SELECT 'payment ' || p.id, CASE WHEN b.id IS NULL THEN p.amount ELSE coalesce(c.amount, 0) END, a.amount
          FROM billing_payment p JOIN ({SPENT}) a ON a.payment_id = p.id
          LEFT JOIN billing_bounce b ON b.clinic_id = p.clinic_id AND b.payment_id = p.id
          LEFT JOIN billing_billline c ON c.clinic_id = b.clinic_id AND c.id = b.charge_id
         WHERE p.clinic_id = %(clinic)s
           AND (a.set_against < 0
                OR a.amount > CASE WHEN b.id IS NULL THEN p.amount ELSE coalesce(c.amount, 0) END)""",
    "credit of refunded packages": """
        SELECT 'package ' || p.number, least(coalesce(c.amount, 0), p.paid_before + p.moved_in), g.given
          FROM packages_package p
          JOIN (SELECT package_id, sum(amount) AS given FROM billing_payment
                 WHERE clinic_id = %(clinic)s AND package_id IS NOT NULL GROUP BY package_id) g ON g.package_id = p.id
          LEFT JOIN (SELECT package_id, sum(amount) AS amount FROM packages_change
                      WHERE clinic_id = %(clinic)s AND kind IN ('refunded', 'refund_short') GROUP BY package_id) c
            ON c.package_id = p.id
         WHERE p.clinic_id = %(clinic)s AND g.given > least(coalesce(c.amount, 0), p.paid_before + p.moved_in)""",
    "fees of visits that did not take place": """
        SELECT 'visit ' || v.id, CASE WHEN v.consequence = 'fee' THEN v.charge ELSE 0 END, coalesce(f.fee, 0)
          FROM visits_visit v
          LEFT JOIN (SELECT visit_id, sum(amount) AS fee FROM billing_billline
                      WHERE clinic_id = %(clinic)s AND kind = 'fee' GROUP BY visit_id) f ON f.visit_id = v.id
         WHERE v.clinic_id = %(clinic)s
           AND coalesce(f.fee, 0) <> CASE WHEN v.consequence = 'fee' THEN v.charge ELSE 0 END""",
    "what is paid beside a session": """
        SELECT 'visit ' || v.id, v.charge, coalesce(sum(l.amount), 0)
          FROM visits_visit v
          JOIN billing_bill b ON b.clinic_id = v.clinic_id AND b.visit_id = v.id AND b.completion = v.completions
          LEFT JOIN billing_billline l ON l.clinic_id = b.clinic_id AND l.bill_id = b.id AND l.kind = 'visit'
         WHERE v.clinic_id = %(clinic)s AND v.settlement = 'package'
         GROUP BY v.id, v.charge HAVING v.charge <> coalesce(sum(l.amount), 0)""",
    "what a visit paid singly is worth to its therapist": """
        SELECT 'visit ' || v.id, p.value, l.amount
          FROM visits_visit v
          JOIN billing_bill b ON b.clinic_id = v.clinic_id AND b.visit_id = v.id AND b.completion = v.completions
          JOIN billing_billline l ON l.clinic_id = b.clinic_id AND l.bill_id = b.id AND l.kind = 'visit'
          JOIN LATERAL (SELECT value FROM visits_payline p WHERE p.clinic_id = v.clinic_id AND p.visit_id = v.id
                         ORDER BY turn DESC LIMIT 1) p ON true
         WHERE v.clinic_id = %(clinic)s AND v.settlement = 'charge' AND p.value <> l.amount""",
    "lines not paid twice": """
        SELECT 'bill line ' || l.id, l.amount + coalesce(c.credited, 0), a.paid
          FROM billing_billline l
          JOIN (SELECT line_id, sum(amount) AS paid FROM billing_allocation
                 WHERE clinic_id = %(clinic)s GROUP BY line_id) a ON a.line_id = l.id
          LEFT JOIN (SELECT credits_id, sum(amount) AS credited FROM billing_billline
                      WHERE clinic_id = %(clinic)s AND credits_id IS NOT NULL GROUP BY credits_id) c
            ON c.credits_id = l.id
         WHERE l.clinic_id = %(clinic)s AND a.paid NOT BETWEEN 0 AND l.amount + coalesce(c.credited, 0)""",
    "instalments that add up": """
        SELECT 'instalments agreed on ' || p.agreed_on || ' for bill line ' || p.line_id, p.amount,
               coalesce(sum(i.amount), 0)
          FROM billing_instalmentplan p
          LEFT JOIN billing_instalment i ON i.clinic_id = p.clinic_id AND i.plan_id = p.id
         WHERE p.clinic_id = %(clinic)s
         GROUP BY p.id, p.agreed_on, p.line_id, p.amount HAVING p.amount <> coalesce(sum(i.amount), 0)""",
    "money received for packages": """
        SELECT 'package ' || p.number, p.paid, coalesce(sum(a.amount), 0)
          FROM packages_package p
          LEFT JOIN billing_billline l ON l.clinic_id = p.clinic_id AND l.package_id = p.id AND l.kind = 'package'
          LEFT JOIN billing_allocation a ON a.clinic_id = l.clinic_id AND a.line_id = l.id
         WHERE p.clinic_id = %(clinic)s
         GROUP BY p.number, p.paid HAVING p.paid <> coalesce(sum(a.amount), 0)""",
}
