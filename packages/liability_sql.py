"""How each package stood at the end of a day, as SQL: `standing`, which the reports select from.

`standing` has a row for each package on which something is open: sessions are left, what is left is worth something, or
the patient owes. Less than none is left on a day whose visit took a session that was given on a later one.
"""

USES = "('used', 'used_partly', 'no_show', 'late_cancel', 'reversed')"
STOOD = """package_id, sessions_after AS sessions, free_after AS free, value_after AS value, cover_after AS cover,
         owed_after AS owed, owed_by_patient_after AS owed_by_patient"""
OPEN = "(sessions_after <> 0 OR value_after <> 0 OR cover_after < 0)"

# By what is known now: the last movement up to the day. One range of the index movement_as_of.
NOW = f"""
WITH standing AS MATERIALIZED (
  SELECT {STOOD} FROM packages_movement
   WHERE clinic_id = %(clinic)s AND lasts_until > %(day)s AND posted_on <= %(day)s AND {OPEN}
)
"""
ONE_NOW = f"""
WITH standing AS (
  SELECT {STOOD} FROM packages_movement
   WHERE clinic_id = %(clinic)s AND package_id = %(package)s AND posted_on <= %(day)s
   ORDER BY posted_on DESC, step DESC LIMIT 1
)
"""

# By what had been recorded up to a day: from the raw rows.
KNOWN_THEN = f"""
WITH moved AS (
  SELECT e.package_id,
         sum(e.sessions) FILTER (WHERE e.kind <> 'set_aside' AND r.kind IS DISTINCT FROM 'set_aside') AS sessions,
         coalesce(sum(e.sessions) FILTER (WHERE (l.is_bonus OR p.price = 0)
           AND e.kind <> 'set_aside' AND r.kind IS DISTINCT FROM 'set_aside'), 0) AS free,
         sum(e.value) AS value,
         coalesce(sum(e.value) FILTER (WHERE e.kind IN {USES} OR e.kind = 'transferred_out'
           OR e.kind = 'transferred_in' AND e.reverses_id IS NOT NULL), 0) AS used_or_gone,
         p.moved_in + coalesce(p.paid_before - p.price + sum(e.value) FILTER (WHERE e.kind = 'opening'), 0) AS brought
    FROM packages_entry e
    JOIN packages_package p ON p.clinic_id = e.clinic_id AND p.id = e.package_id
    JOIN packages_packageline l ON l.clinic_id = e.clinic_id AND l.id = e.line_id
    LEFT JOIN packages_entry r ON r.clinic_id = e.clinic_id AND r.id = e.reverses_id AND e.kind = 'reversed'
   WHERE e.clinic_id = %(clinic)s AND e.posted_on <= %(day)s AND e.recorded_on <= %(known_on)s
   GROUP BY e.package_id, p.moved_in, p.paid_before, p.price
), received AS (
  SELECT package_id, sum(amount) AS amount FROM packages_receipt
   WHERE clinic_id = %(clinic)s AND posted_on <= %(day)s AND recorded_on <= %(known_on)s GROUP BY package_id
), covered AS (
  SELECT m.package_id, m.sessions, m.free, m.value, m.brought + m.used_or_gone + coalesce(r.amount, 0) AS cover
    FROM moved m LEFT JOIN received r ON r.package_id = m.package_id
), standing AS (
  SELECT package_id, sessions, free, value, cover, greatest(0, least(cover, value)) AS owed,
         greatest(0, -cover) AS owed_by_patient
    FROM covered WHERE sessions <> 0 OR value <> 0 OR cover < 0
)
"""

TOTALS = """
SELECT coalesce(sum(s.owed), 0), coalesce(sum(s.sessions), 0), coalesce(sum(s.free), 0),
       coalesce(sum(s.owed_by_patient), 0), count(*) FILTER (WHERE s.sessions > 0),
       count(DISTINCT p.patient_id) FILTER (WHERE s.sessions > 0)
  FROM standing s JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = s.package_id
"""

# What is left is worth so much now, by the packages and by the last movement of each: in one moment.
CHECK = """
SELECT (SELECT coalesce(sum(value_left), 0) FROM packages_package WHERE clinic_id = %(clinic)s),
       (SELECT coalesce(sum(value_after), 0) FROM packages_movement
         WHERE clinic_id = %(clinic)s AND lasts_until = '9999-12-31' AND value_after > 0)
"""

# The last valid day as it was on the day: without the days of what was changed later.
VALID_UNTIL = """
LEFT JOIN LATERAL (
  SELECT sum(days) AS days, bool_or(valid_until_before IS NULL) AS was_endless FROM packages_change c
   WHERE c.clinic_id = %(clinic)s AND c.package_id = p.id AND c.valid_until_before IS DISTINCT FROM c.valid_until
     AND (c.posted_on > %(day)s OR c.recorded_on > %(known_on)s)
) later ON true
"""
VALID = "CASE WHEN later.was_endless THEN NULL ELSE p.valid_until - coalesce(later.days, 0)::int END"

EACH = f"""
SELECT p.id, p.number, patient.name, patient.number, p.name, {VALID}, s.sessions, s.free,
       s.cover + coalesce(u.used, 0), coalesce(u.used, 0), s.owed, s.owed_by_patient
  FROM {{some}} s
  JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = s.package_id
  JOIN clinic_patient patient ON patient.clinic_id = %(clinic)s AND patient.id = p.patient_id
  {VALID_UNTIL}
  LEFT JOIN LATERAL (
    SELECT -sum(value) AS used FROM packages_entry
     WHERE clinic_id = %(clinic)s AND package_id = p.id AND posted_on <= %(day)s AND kind IN {USES}
       AND (%(known_on)s::date IS NULL OR recorded_on <= %(known_on)s)
  ) u ON true
 ORDER BY p.number
"""
ALL = EACH.format(some="standing")
PAGE = EACH.format(
    some="""(SELECT standing.* FROM standing
    JOIN packages_package ON clinic_id = %(clinic)s AND id = package_id
   ORDER BY number LIMIT %(count)s OFFSET %(start)s)"""
)
