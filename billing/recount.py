"""Bills and payments recounted."""

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
    "payments not spent twice": """
        SELECT 'payment ' || p.id, p.amount, sum(a.amount)
          FROM billing_payment p JOIN billing_allocation a ON a.clinic_id = p.clinic_id AND a.payment_id = p.id
         WHERE p.clinic_id = %(clinic)s
         GROUP BY p.id, p.amount HAVING sum(a.amount) NOT BETWEEN 0 AND p.amount""",
    "lines not paid twice": """
        SELECT 'bill line ' || l.id, l.amount + coalesce(c.credited, 0), a.paid
          FROM billing_billline l
          JOIN (SELECT line_id, sum(amount) AS paid FROM billing_allocation
                 WHERE clinic_id = %(clinic)s GROUP BY line_id) a ON a.line_id = l.id
          LEFT JOIN (SELECT credits_id, sum(amount) AS credited FROM billing_billline
                      WHERE clinic_id = %(clinic)s AND credits_id IS NOT NULL GROUP BY credits_id) c
            ON c.credits_id = l.id
         WHERE l.clinic_id = %(clinic)s AND a.paid NOT BETWEEN 0 AND l.amount + coalesce(c.credited, 0)""",
    "money received for packages": """
        SELECT 'package ' || p.number, p.paid, coalesce(sum(a.amount), 0)
          FROM packages_package p
          LEFT JOIN billing_billline l ON l.clinic_id = p.clinic_id AND l.package_id = p.id AND l.kind = 'package'
          LEFT JOIN billing_allocation a ON a.clinic_id = l.clinic_id AND a.line_id = l.id
         WHERE p.clinic_id = %(clinic)s
         GROUP BY p.number, p.paid HAVING p.paid <> coalesce(sum(a.amount), 0)""",
}
