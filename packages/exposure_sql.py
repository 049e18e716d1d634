"""What refunding packages would come to, in one question for all of them: the arithmetic of `packages.refunds`, set by
set. A test holds it to `quote_refund`, pack by pack."""

from __future__ import annotations

from .refunds import USES

FACTS = {"uses": [kind.value for kind in USES], "lapsing": ["pending_payment", "active", "suspended"]}

# Exactly those that `packages.refunds.refund` would not refuse on the day.
REFUNDABLE = """
p.state = ANY(%(lapsing)s) AND p.sessions_left > 0 AND p.set_aside = 0
AND (p.valid_until IS NULL OR p.valid_until >= %(day)s)
"""
THESE = "p.id = ANY(%(packages)s)"

# {which}: the packages. What takes a set-aside session back gives no use back: it was none.
QUOTES = """
WITH pack AS (
  SELECT id, number, patient_id, plan_id, name, refund_rule, refund_fee, list_rate, list_price, price, places,
         valid_until, sessions_left, paid_sessions, paid_left, set_aside, value_left,
         paid + paid_before + moved_in AS came_in
    FROM packages_package p WHERE p.clinic_id = %(clinic)s AND {which}
), posted AS (
  SELECT e.package_id,
         -coalesce(sum(e.value) FILTER (WHERE e.kind = ANY(%(uses)s)), 0) AS used_value,
         sum(e.value) FILTER (WHERE e.kind = 'opening') AS opened,
         -coalesce(sum(e.value) FILTER (WHERE e.kind = 'transferred_out'
           OR e.kind = 'transferred_in' AND e.reverses_id IS NOT NULL), 0) AS moved,
         coalesce(sum(line.sessions - e.sessions) FILTER (WHERE e.kind = 'opening'), 0)
           - coalesce(sum(e.sessions) FILTER (
               WHERE e.kind = ANY(%(uses)s) AND NOT line.is_bonus AND aside.id IS NULL), 0) AS used_sessions
    FROM packages_entry e
    JOIN pack ON pack.id = e.package_id
    JOIN packages_packageline line ON line.clinic_id = e.clinic_id AND line.id = e.line_id
    LEFT JOIN packages_entry aside ON e.kind = 'reversed' AND aside.clinic_id = e.clinic_id
          AND aside.id = e.reverses_id AND aside.kind = 'set_aside'
   WHERE e.clinic_id = %(clinic)s
   GROUP BY e.package_id
), money AS (
  SELECT pack.*, posted.used_sessions, posted.moved,
         posted.used_value + CASE WHEN posted.opened IS NULL THEN 0 ELSE pack.price - posted.opened END AS used
    FROM pack JOIN posted ON posted.package_id = pack.id
), kept AS (
  SELECT money.*, greatest(0, came_in - moved) AS kept,
         CASE WHEN refund_rule <> 'list_rate' THEN used
              WHEN list_rate IS NOT NULL THEN round(used_sessions * list_rate, places)
              WHEN paid_sessions = 0 THEN round(used_sessions * round(list_price, places), places)
              ELSE round(list_price * used_sessions / paid_sessions, places) END AS charged,
         CASE WHEN refund_rule = 'fee' THEN refund_fee ELSE 0 END AS fee
    FROM money
), quote AS (
  SELECT id, number, patient_id, plan_id, name, refund_rule, valid_until, sessions_left,
         sessions_left + set_aside - paid_left AS bonus,
         greatest(0, least(kept - used, value_left)) AS released,
         CASE WHEN refund_rule = 'none' THEN 0 ELSE greatest(0, least(kept,
           came_in - moved - charged - greatest(0, kept - used - value_left) - fee)) END AS amount
    FROM kept
)
"""


def asked(which: str, what: str) -> str:
    """The question `what`, about the quotes of the packages `which`."""
    return QUOTES.replace("{which}", which) + what
