"""What is owed, recounted from the raw lines, receipts and refunds: the guard of movements and month ends."""

# Of which step and day each raw row is, and what it moves (models.Movement).
POSTED = """
  SELECT e.package_id, e.posted_on,
         CASE WHEN e.kind = 'opening' THEN 10 WHEN e.kind = 'transferred_in' THEN 20
              WHEN e.kind IN ('sold', 'bonus') THEN 30 WHEN e.kind = 'reinstated' THEN 50
              WHEN e.kind IN ('used', 'used_partly', 'no_show', 'late_cancel') THEN 60 WHEN e.kind = 'reversed' THEN 70
              WHEN e.kind = 'transferred_out' THEN 80 WHEN e.kind = 'adjusted' THEN 90 WHEN e.kind = 'expired' THEN 100
              WHEN e.kind = 'refunded' THEN 110 END AS step,
         e.sessions, CASE WHEN l.is_bonus OR p.price = 0 THEN e.sessions ELSE 0 END AS free, e.value,
         CASE WHEN e.kind IN ('sold', 'bonus', 'reinstated', 'adjusted', 'expired', 'refunded')
                OR e.kind = 'transferred_in' AND e.reverses_id IS NULL THEN 0 ELSE e.value END
         + CASE WHEN e.number = 1 THEN p.moved_in ELSE 0 END
         + CASE WHEN e.number = 1 AND p.is_opening THEN p.paid_before - p.price ELSE 0 END AS cover, 0 AS paid_back
    FROM packages_entry e
    JOIN packages_package p ON p.clinic_id = e.clinic_id AND p.id = e.package_id
    JOIN packages_packageline l ON l.clinic_id = e.clinic_id AND l.id = e.line_id
    LEFT JOIN packages_entry r ON r.clinic_id = e.clinic_id AND r.id = e.reverses_id
   WHERE e.clinic_id = %(clinic)s AND e.kind <> 'set_aside' AND (e.kind <> 'reversed' OR r.kind <> 'set_aside')
  UNION ALL
  SELECT r.package_id, r.posted_on, CASE WHEN r.amount < 0 THEN 120 WHEN s.package_id IS NULL THEN 40 ELSE 30 END,
         0, 0, 0, r.amount, 0
    FROM packages_receipt r
    LEFT JOIN (SELECT DISTINCT package_id, posted_on FROM packages_entry
                WHERE clinic_id = %(clinic)s AND kind IN ('sold', 'bonus')) s USING (package_id, posted_on)
   WHERE r.clinic_id = %(clinic)s
  UNION ALL
  SELECT package_id, posted_on, 110, 0, 0, 0, 0, amount FROM packages_change
   WHERE clinic_id = %(clinic)s AND kind = 'refunded'
"""

# The same added up from the first step to each, and what is owed after it.
COUNTED = f"""
  SELECT package_id, posted_on, step, sessions, free, paid_back, s_after, f_after, v_after, c_after,
         owed_after - lag(owed_after, 1, 0::numeric) OVER w AS owed,
         by_patient_after - lag(by_patient_after, 1, 0::numeric) OVER w AS by_patient,
         lead(posted_on, 1, '9999-12-31'::date) OVER w AS until
    FROM (
      SELECT *, greatest(0, least(c_after, v_after)) AS owed_after, greatest(0, -c_after) AS by_patient_after
        FROM (
          SELECT package_id, posted_on, step, sum(sessions) AS sessions, sum(free) AS free, sum(paid_back) AS paid_back,
                 sum(sum(sessions)) OVER w AS s_after, sum(sum(free)) OVER w AS f_after,
                 sum(sum(value)) OVER w AS v_after, sum(sum(cover)) OVER w AS c_after
            FROM ({POSTED}) posted GROUP BY package_id, posted_on, step
          WINDOW w AS (PARTITION BY package_id ORDER BY posted_on, step)
        ) running
    ) owing
  WINDOW w AS (PARTITION BY package_id ORDER BY posted_on, step)
"""

STORED = """
  SELECT package_id, posted_on, step, sessions, free, paid_back, sessions_after, free_after, value_after, cover_after,
         owed, owed_by_patient, lasts_until
    FROM packages_movement WHERE clinic_id = %(clinic)s
"""

CHECKS = {
    "what moved on each package, day and step": f"""
        SELECT 'package ' || p.number || ' on ' || coalesce(s.posted_on, c.posted_on) || ' step '
                 || coalesce(s.step, c.step),
               CASE WHEN s.step IS NOT NULL THEN s::text END, CASE WHEN c.step IS NOT NULL THEN c::text END
          FROM ({STORED}) s
          FULL JOIN ({COUNTED}) c
            ON c.package_id = s.package_id AND c.posted_on = s.posted_on AND c.step = s.step
          JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = coalesce(s.package_id, c.package_id)
         WHERE ROW(s.sessions, s.free, s.paid_back, s.sessions_after, s.free_after, s.value_after, s.cover_after,
                   s.owed, s.owed_by_patient, s.lasts_until)
               IS DISTINCT FROM ROW(c.sessions, c.free, c.paid_back, c.s_after, c.f_after, c.v_after, c.c_after,
                   c.owed, c.by_patient, c.until)""",
    # Of the ones that count: nothing of their month moved since.
    "month ends": """
        SELECT 'month end ' || e.last_day || ' step ' || coalesce(s.step, m.step),
               s.owed || ' / ' || s.sessions, m.owed || ' / ' || m.sessions
          FROM packages_monthend e
          CROSS JOIN LATERAL (
            SELECT * FROM (
              SELECT step, sum(sessions) AS sessions, sum(free) AS free, sum(value) AS value, sum(owed) AS owed,
                     sum(owed_by_patient) AS by_patient, sum(paid_back) AS paid_back
                FROM packages_movement
               WHERE clinic_id = %(clinic)s
                 AND posted_on BETWEEN date_trunc('month', e.last_day)::date AND e.last_day
               GROUP BY step) moved
          ) m
          LEFT JOIN packages_monthsum s ON s.clinic_id = %(clinic)s AND s.month_end_id = e.id AND s.step = m.step
         WHERE e.clinic_id = %(clinic)s
           AND NOT EXISTS (
             SELECT FROM packages_movement later
              WHERE later.clinic_id = %(clinic)s
                AND later.posted_on BETWEEN date_trunc('month', e.last_day)::date AND e.last_day
                AND later.late_at > e.counted_at)
           AND ROW(s.sessions, s.free, s.value, s.owed, s.owed_by_patient, s.paid_back)
               IS DISTINCT FROM ROW(m.sessions, m.free, m.value, m.owed, m.by_patient, m.paid_back)""",
    "nothing is posted to a closed month later": """
        SELECT 'package ' || p.number, e.posted_on, c.last_day || ' was closed at ' || c.closed_at
          FROM (SELECT clinic_id, package_id, posted_on, recorded_at FROM packages_entry
                UNION ALL SELECT clinic_id, package_id, posted_on, recorded_at FROM packages_receipt
                UNION ALL SELECT clinic_id, package_id, posted_on, recorded_at FROM packages_change) e
          JOIN packages_package p ON p.clinic_id = e.clinic_id AND p.id = e.package_id
          JOIN packages_monthclose c
            ON c.clinic_id = e.clinic_id AND c.last_day >= e.posted_on AND c.closed_at < e.recorded_at
         WHERE e.clinic_id = %(clinic)s""",
}
