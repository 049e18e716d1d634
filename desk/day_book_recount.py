"""The balances that closings wrote down, counted again from the first row on: the last closing of each branch.

Each was counted on from the one before, so the last one answers for all.
"""

from .day_book_sql import BALANCES

LAST = """
opened AS MATERIALIZED (
  SELECT DISTINCT ON (c.branch_id) c.branch_id, c.day, c.credit_left, c.owed_left,
         (SELECT min(s.recorded_at) FROM desk_dayclose s WHERE s.clinic_id = c.clinic_id AND s.branch_id = c.branch_id
             AND s.kind = 'closed' AND s.day >= c.day) AS shut,
         (c.day + 1)::timestamp AT TIME ZONE k.time_zone AS ends,
         date '-infinity' AS base, timestamptz '-infinity' AS base_shut, timestamptz '-infinity' AS base_ends
    FROM desk_dayclose c JOIN clinic_clinic k ON k.id = c.clinic_id
   WHERE c.clinic_id = %(clinic)s AND c.kind = 'closed' AND c.credit_left IS NOT NULL
   ORDER BY c.branch_id, c.day DESC, c.number DESC)"""
FROM_THE_FIRST_ROW = BALANCES.replace("%(counted_since)s", "timestamptz '-infinity'")

CHECKS = {
    "balances of the last closed day book": f"""
        WITH {LAST}, counted AS (
          SELECT branch_id, coalesce(sum(amount) FILTER (WHERE what = 'credit'), 0) AS credit,
                 coalesce(sum(amount) FILTER (WHERE what = 'owed'), 0) AS owed
            FROM ({FROM_THE_FIRST_ROW}) each GROUP BY branch_id)
        SELECT 'branch ' || b.name || ' ' || o.day, o.credit_left || ' / ' || o.owed_left,
               coalesce(c.credit, 0) || ' / ' || coalesce(c.owed, 0)
          FROM opened o
          JOIN clinic_branch b ON b.clinic_id = %(clinic)s AND b.id = o.branch_id
          LEFT JOIN counted c ON c.branch_id = o.branch_id
         WHERE o.credit_left <> coalesce(c.credit, 0) OR o.owed_left <> coalesce(c.owed, 0)""",
}
