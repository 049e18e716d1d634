"""Visits held against the ledger, and what therapists earn by them."""

from .recount_pay import CHECKS as PAY

CHECKS = {
    "completed visits and their deductions": """
        SELECT 'visit ' || v.id, v.state || ' / ' || v.settlement, coalesce(live.kind, 'no deduction')
          FROM visits_visit v
          LEFT JOIN LATERAL (
            SELECT id, kind FROM packages_entry e
             WHERE e.clinic_id = v.clinic_id AND e.visit_id = v.id ORDER BY turn DESC LIMIT 1) last ON true
          LEFT JOIN LATERAL (SELECT last.id, last.kind WHERE last.kind <> 'reversed') live ON true
         WHERE v.clinic_id = %(clinic)s
           AND (v.entry_id IS DISTINCT FROM live.id
                OR (v.settlement = 'package') <> (
                     coalesce(live.kind, '') IN ('used', 'used_partly')
                     OR live.kind = 'set_aside' AND v.consequence <> 'sessions'))""",
    "sessions set aside and open disputes": """
        SELECT 'package ' || p.number, p.set_aside, coalesce(sum(-e.sessions), 0)
          FROM packages_package p
          LEFT JOIN visits_dispute d ON d.clinic_id = p.clinic_id AND d.decision = ''
           AND EXISTS (SELECT FROM packages_entry a WHERE a.clinic_id = d.clinic_id AND a.id = d.aside_id
                          AND a.package_id = p.id)
          LEFT JOIN packages_entry e ON e.clinic_id = d.clinic_id AND e.id = d.aside_id
         WHERE p.clinic_id = %(clinic)s
         GROUP BY p.number, p.set_aside HAVING p.set_aside <> coalesce(sum(-e.sessions), 0)""",
} | PAY
