"""What is owed by plan, service, branch, therapist, month of the sale and month it lapses. The parts add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.calendar import ONE_DAY
from clinic.tenancy.context import current_clinic_id
from clinic.ui.words import day as in_words

from .liability import asked
from .liability_sql import VALID, VALID_UNTIL


class By(models.TextChoices):
    PLAN = "plan", gettext_lazy("Plan")
    SERVICE = "service", gettext_lazy("Service")
    BRANCH = "branch", gettext_lazy("Branch of the sale")
    THERAPIST = "therapist", gettext_lazy("Therapist")
    MONTH_SOLD = "month_sold", gettext_lazy("Month of the sale")
    EXPIRY_MONTH = "expiry_month", gettext_lazy("Month it lapses")


@dataclass(frozen=True)
class Share:
    """A part of what is owed. A package of several services counts once in each."""

    key: str
    label: str
    packages: int
    patients: int
    sessions: Decimal
    complimentary: Decimal
    value: Decimal
    receivable: Decimal


@dataclass(frozen=True)
class Band:
    """What lapses within some days, both included; without days what never lapses."""

    label: str
    first_day: date | None
    last_day: date | None
    packages: int
    sessions: Decimal
    value: Decimal


FIGURES = """
count(DISTINCT p.id) FILTER (WHERE s.sessions > 0), count(DISTINCT p.patient_id) FILTER (WHERE s.sessions > 0),
coalesce(sum(s.sessions), 0), coalesce(sum(s.free), 0), coalesce(sum(s.owed), 0), coalesce(sum(s.owed_by_patient), 0)
"""
PACKAGE = "standing s JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = s.package_id"

# Of a package of several services, what is owed goes to its lines by their paid sessions that are left (what the
# patient owes: by what was sold), cut into coins so that the parts add up (law 10).
SERVICES = """
(WITH kinds AS (
   SELECT s.package_id, min(l.service_id::text)::uuid AS service_id, count(DISTINCT l.service_id) AS services
     FROM standing s JOIN packages_packageline l ON l.clinic_id = %(clinic)s AND l.package_id = s.package_id
    GROUP BY s.package_id
 ), lines AS (
   SELECT l.package_id, l.service_id, l.position, sum(e.sessions) AS sessions,
          CASE WHEN l.is_bonus THEN 0 ELSE sum(e.sessions) END AS paid,
          CASE WHEN l.is_bonus THEN 0 ELSE l.sessions END AS sold,
          CASE WHEN l.is_bonus THEN sum(e.sessions) ELSE 0 END AS bonus
     FROM kinds k
     JOIN packages_packageline l ON l.clinic_id = %(clinic)s AND l.package_id = k.package_id
     JOIN packages_entry e ON e.clinic_id = %(clinic)s AND e.line_id = l.id
     LEFT JOIN packages_entry r ON r.clinic_id = %(clinic)s AND r.id = e.reverses_id AND e.kind = 'reversed'
    WHERE k.services > 1 AND e.posted_on <= %(day)s AND e.kind <> 'set_aside' AND r.kind IS DISTINCT FROM 'set_aside'
      AND (%(known_on)s::date IS NULL OR e.recorded_on <= %(known_on)s)
    GROUP BY l.package_id, l.service_id, l.position, l.is_bonus, l.sessions
 ), weighed AS (
   SELECT *, sum(greatest(paid, 0)) OVER line AS paid_to, sum(greatest(paid, 0)) OVER pack AS paid_all,
          sum(sold) OVER line AS sold_to, sum(sold) OVER pack AS sold_all,
          sum(1) OVER line AS nth
     FROM lines WINDOW pack AS (PARTITION BY package_id), line AS (PARTITION BY package_id ORDER BY position)
 )
 SELECT s.package_id, k.service_id, s.sessions, s.free, s.owed, s.owed_by_patient
   FROM standing s JOIN kinds k ON k.package_id = s.package_id AND k.services = 1
 UNION ALL
 SELECT s.package_id, w.service_id, w.sessions, CASE WHEN s.free = s.sessions THEN w.sessions ELSE w.bonus END,
        CASE WHEN w.paid_all > 0 THEN round(s.owed * w.paid_to / w.paid_all, p.places)
                                      - round(s.owed * (w.paid_to - greatest(w.paid, 0)) / w.paid_all, p.places)
             WHEN w.nth = 1 THEN s.owed ELSE 0 END,
        CASE WHEN w.sold_all > 0 THEN round(s.owed_by_patient * w.sold_to / w.sold_all, p.places)
                                      - round(s.owed_by_patient * (w.sold_to - w.sold) / w.sold_all, p.places)
             WHEN w.nth = 1 THEN s.owed_by_patient ELSE 0 END
   FROM standing s JOIN weighed w ON w.package_id = s.package_id
   JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = s.package_id)
"""

TOOK = "('used', 'used_partly', 'no_show', 'late_cancel')"
# Whose visit took a session last; before the first one whoever the package is tied to.
LAST_THERAPIST = f"""
LEFT JOIN LATERAL (
  SELECT e.therapist_id FROM packages_entry e
   WHERE e.clinic_id = %(clinic)s AND e.package_id = p.id AND e.posted_on <= %(day)s
     AND e.kind IN {TOOK} AND e.therapist_id IS NOT NULL
     AND (%(known_on)s::date IS NULL OR e.recorded_on <= %(known_on)s)
     AND NOT EXISTS (
       SELECT FROM packages_entry r WHERE r.clinic_id = %(clinic)s AND r.visit_id = e.visit_id AND r.turn = e.turn + 1
          AND r.posted_on <= %(day)s AND (%(known_on)s::date IS NULL OR r.recorded_on <= %(known_on)s))
   ORDER BY e.happened_on DESC, e.number DESC LIMIT 1
) last ON true
LEFT JOIN clinic_staff t ON t.clinic_id = %(clinic)s
     AND t.id = coalesce(last.therapist_id, CASE WHEN cardinality(p.therapist_ids) = 1 THEN p.therapist_ids[1] END)
"""

SOURCES: dict[By, tuple[str, str, str]] = {
    By.PLAN: (
        "p.plan_id::text",
        "plan.name",
        f"{PACKAGE} LEFT JOIN packages_plan plan ON plan.clinic_id = %(clinic)s AND plan.id = p.plan_id",
    ),
    By.SERVICE: (
        "s.service_id::text",
        "service.name",
        f"{SERVICES} s JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = s.package_id"
        " JOIN clinic_service service ON service.clinic_id = %(clinic)s AND service.id = s.service_id",
    ),
    By.BRANCH: (
        "p.branch_id::text",
        "branch.name",
        f"{PACKAGE} JOIN clinic_branch branch ON branch.clinic_id = %(clinic)s AND branch.id = p.branch_id",
    ),
    By.THERAPIST: ("t.id::text", "t.name", f"{PACKAGE} {LAST_THERAPIST}"),
    By.MONTH_SOLD: ("to_char(p.sold_on, 'YYYY-MM')", "NULL", PACKAGE),
    By.EXPIRY_MONTH: (f"to_char({VALID}, 'YYYY-MM')", "NULL", f"{PACKAGE} {VALID_UNTIL}"),
}
BY_MONTH = {By.MONTH_SOLD, By.EXPIRY_MONTH}


def shares(day: date, by: By, known_on: date | None = None) -> list[Share]:
    """What the active clinic owes at the end of `day`, cut up: months in their order, all else the dearest first."""
    key, label, source = SOURCES[by]
    order = "1 NULLS LAST" if by in BY_MONTH else "7 DESC, 5 DESC, 2"
    sql = f"SELECT {key}, {label}, {FIGURES} FROM {source} GROUP BY 1, 2 ORDER BY {order}"
    facts = {"clinic": current_clinic_id(), "day": day, "known_on": known_on}
    return [Share(key or "", _label(by, key, label), *figures) for key, label, *figures in asked(sql, facts)]


def _label(by: By, key: str | None, name: str | None) -> str:
    if by in BY_MONTH and key:
        return date_format(date.fromisoformat(f"{key}-01"), "F Y")
    if by is By.EXPIRY_MONTH:
        return _("Without an end")
    if by is By.THERAPIST:
        return name or _("Nobody yet")
    return name or _("Without a plan")


# So many days after the report's day a band begins; the one before them is past its last day and waits to lapse.
EDGES = [0, 8, 31, 61, 91, 181]


def ageing(day: date) -> list[Band]:
    """What is owed at the end of `day` by when it lapses; every band, whether or not there is something in it."""
    sql = f"""
        SELECT CASE WHEN {VALID} IS NULL THEN %(endless)s
                    ELSE width_bucket({VALID} - %(day)s::date, %(edges)s::int[]) END,
               count(*) FILTER (WHERE s.sessions > 0), coalesce(sum(s.sessions), 0), coalesce(sum(s.owed), 0)
          FROM {PACKAGE} {VALID_UNTIL} GROUP BY 1"""
    facts = {"clinic": current_clinic_id(), "day": day, "known_on": None, "edges": EDGES, "endless": ENDLESS}
    found = {number: figures for number, *figures in asked(sql, facts)}
    nothing = [0, Decimal(0), Decimal(0)]
    return [Band(*_days(day, number), *found.get(number, nothing)) for number in range(ENDLESS + 1)]


ENDLESS = len(EDGES) + 1


def _days(day: date, number: int) -> tuple[str, date | None, date | None]:
    """What a band is called, its first and its last day."""
    if number == ENDLESS:
        return _("Without an end"), None, None
    if number == 0:
        return _("Past their last day"), None, day - ONE_DAY
    first = day + timedelta(days=EDGES[number - 1])
    if number == len(EDGES):
        return _("Later than %(day)s") % {"day": in_words(first - ONE_DAY)}, first, None
    soonest, latest = EDGES[number - 1], EDGES[number] - 1
    words = _("In %(soonest)s to %(latest)s days") % {"soonest": soonest, "latest": latest}
    return words, first, day + timedelta(days=latest)
