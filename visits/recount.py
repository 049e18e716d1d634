"""Visits held against the ledger."""

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
                OR (v.settlement = 'package') <> (coalesce(live.kind, '') IN ('used', 'used_partly')))""",
}
