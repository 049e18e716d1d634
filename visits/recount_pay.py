"""Therapists' pay held against the visits: what lives is what each visit earns by the rule of its day."""

# The day of a session is that of its entry or of its visit, or the later one on which it came back before.
# What each visit earns somebody now. Of what is paid singly the bill says the value; billing.recount holds it there.
EARNED = """
  SELECT v.clinic_id, v.id AS visit_id, v.therapist_id, v.service_id, e.id AS entry_id,
         v.state <> 'completed' AS absent,
         greatest(coalesce(e.happened_on, (v.starts_at AT TIME ZONE c.time_zone)::date), back.day) AS day,
         CASE WHEN v.charge > 0 THEN greatest(-e.sessions, 1) ELSE coalesce(-e.sessions, 1) END AS sessions,
         CASE WHEN v.settlement <> 'charge' THEN coalesce(-e.value, 0) + v.charge END AS value
    FROM visits_visit v JOIN clinic_clinic c ON c.id = v.clinic_id
    LEFT JOIN packages_entry e ON e.clinic_id = v.clinic_id AND e.id = v.entry_id
    LEFT JOIN (SELECT visit_id, max(happened_on) AS day FROM visits_payline
                WHERE clinic_id = %(clinic)s AND reverses_id IS NOT NULL GROUP BY visit_id) back ON back.visit_id = v.id
   WHERE v.clinic_id = %(clinic)s AND v.therapist_id IS NOT NULL
     AND (v.settlement IN ('charge', 'free')
          OR e.kind IN ('used', 'used_partly', 'no_show', 'late_cancel') AND e.sessions < 0)
"""
LIVE = """
  SELECT l.* FROM visits_payline l
    LEFT JOIN visits_payline r ON r.clinic_id = l.clinic_id AND r.reverses_id = l.id
   WHERE l.clinic_id = %(clinic)s AND l.reverses_id IS NULL AND r.id IS NULL
"""
FIGURES = "concat_ws(' ', {0}.{1}, {0}.{2}, {0}.sessions, trim_scale({0}.value), {0}.{3}, trim_scale({4}))"
STORED = FIGURES.format("l", "staff_id", "happened_on", "is_absence", "l.amount")
COUNTED = FIGURES.format(
    "e", "therapist_id", "day", "absent", "pay_by_rule(rule, e.sessions, e.value, e.absent)"
)

CHECKS = {
    "pay of therapists": f"""
        SELECT 'visit ' || coalesce(e.visit_id, l.visit_id), nullif({STORED}, ''), nullif({COUNTED}, '')
          FROM (SELECT e.clinic_id, e.visit_id, e.therapist_id, e.service_id, e.entry_id, e.absent, e.day, e.sessions,
                       coalesce(e.value, l.value) AS value
                  FROM ({EARNED}) e LEFT JOIN ({LIVE}) l ON l.visit_id = e.visit_id) e
          FULL JOIN ({LIVE}) l ON l.visit_id = e.visit_id
          LEFT JOIN LATERAL pay_rule_on(e.clinic_id, e.therapist_id, e.service_id, e.day) rule ON true
         WHERE l.visit_id IS NULL OR e.visit_id IS NULL
            OR (l.staff_id, l.service_id, l.happened_on, l.sessions, l.value, l.is_absence)
               IS DISTINCT FROM (e.therapist_id, e.service_id, e.day, e.sessions, e.value, e.absent)
            OR (l.entry_id, l.rule_id) IS DISTINCT FROM (e.entry_id, rule.id)
            OR l.amount <> pay_by_rule(rule, e.sessions, e.value, e.absent)""",
    "pay that was taken back": """
        SELECT 'pay line ' || l.id, l.amount, r.amount
          FROM visits_payline l JOIN visits_payline r ON r.clinic_id = l.clinic_id AND r.reverses_id = l.id
         WHERE l.clinic_id = %(clinic)s
           AND ((r.staff_id, r.visit_id, r.service_id, r.sessions, r.value, r.amount, r.is_absence, r.turn)
                IS DISTINCT FROM
                (l.staff_id, l.visit_id, l.service_id, -l.sessions, -l.value, -l.amount, l.is_absence, l.turn + 1)
                OR r.happened_on < l.happened_on)""",
}
