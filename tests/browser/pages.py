"""Every page of the program, for the tests that open them all: the URL table, and objects of the demonstration.

A new URL is opened at once. Where it takes an argument that is not known here, or an object in a certain state,
the tests say so: add the argument to OBJECTS, the state to WANTS.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from clinic.access import ACTS, Door, roles_of
from clinic.messages import kinds
from clinic.middleware import ALLAUTH
from clinic.models import Role
from tests.access_cases import url_table

TABLE = url_table()
CLINIC = "asha"

# Answers to machines; they have no page.
FOR_MACHINES = {"healthz", "readyz", "metrics", "hook_whatsapp", "hook_sms"}
# Addresses that hand out a file or a list for a program instead of a page.
FILES = {
    "billing:bill_pdf",
    "billing:print_run_pdf",
    "desk:exceptions_file",
    "packages:exposure_file",
    "desk:expected_expiry_file",
    "desk:reconciliation_file",
    "desk:sleeping_file",
    "desk:day_book_pdf",
    "desk:day_book_file",
    "desk:liability_pdf",
    "packages:liability_csv",
    "packages:liability_xlsx",
    "desk:week_file",
    "desk:week_list_file",
    "desk:package_statement_pdf",
    "desk:patient_statement_pdf",
    "desk:account_statement_pdf",
    "desk:dispute_pdf",
    "desk:portal_bill",
    "desk:portal_attendance",
    "desk:attendance_pdf",
    "desk:therapist_statement_pdf",
    "desk:therapist_statement_file",
    "desk:own_statement_pdf",
    "desk:own_statement_file",
    "mfa_download_recovery_codes",
    "mfa_login_webauthn",
}
# Where an address only leads on to another one.
LEADS_TO = {
    "billing:visit_bill": "billing:bill_detail",
    "desk:refund_making": "desk:refund",
    "desk:package_attendance": "desk:attendance",
}
# Pages of signing in that are shown to somebody whose key or link is at hand: told by tests of their own.
NEED_A_KEY = {
    "account_reset_password_from_key",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
}

# The rest is spelled with the same components.
MAIN = {
    "desk:today",
    "desk:patient_file",
    "desk:sale",
    "desk:completion",
    "packages:package_detail",
    "billing:bill_detail",
    "visits:booking",
}

# The first kind of message that the program registers.
KIND = kinds.all_kinds()[0].name
SERVICE = "Physiotherapy 60 min"
# The first patient who has sessions of it left.
WITH_PACKAGE = f"""
SELECT p.patient_id FROM packages_package p
JOIN packages_packageline l ON (l.clinic_id, l.package_id) = (p.clinic_id, p.id)
JOIN clinic_service s ON (s.clinic_id, s.id) = (l.clinic_id, l.service_id)
WHERE p.{{mine}} AND s.name = '{SERVICE}' AND p.state = 'active' AND p.valid_until >= current_date + 2
AND p.sessions_left >= 2 AND p.paid >= p.price ORDER BY p.number"""

# The last day with visits that nobody marked, or the last with any.
UNMARKED_DAY = """
SELECT (starts_at AT TIME ZONE 'Asia/Kolkata')::date FROM visits_visit
WHERE {mine} AND starts_at < now() ORDER BY state = 'booked' DESC, starts_at DESC"""

# Argument -> where one is. {mine} picks the rows of the clinic.
OBJECTS = {
    "patient_id": WITH_PACKAGE,
    "other_patient_id": WITH_PACKAGE + " DESC",
    # Of an address that only takes what is sent: any id does.
    "relation_id": "SELECT id FROM clinic_patient WHERE {mine}",
    "package_id": "SELECT id FROM packages_package p WHERE {mine} ORDER BY p.entries_count DESC",
    "usable_package_id": WITH_PACKAGE.replace("p.patient_id", "p.id", 1),
    "plan_id": "SELECT id FROM packages_plan WHERE {mine}",
    "visit_id": "SELECT id FROM visits_visit WHERE {mine} AND state IN ('booked', 'checked_in') ORDER BY starts_at",
    "completed_visit_id": "SELECT id FROM visits_visit WHERE {mine} AND state = 'completed' AND package_id IS NOT NULL",
    "ended_visit_id": "SELECT id FROM visits_visit WHERE {mine} AND state = 'no_show'",
    "bill_id": "SELECT id FROM billing_bill WHERE {mine} AND visit_id IS NOT NULL AND kind <> 'correction'",
    "correction_id": "SELECT id FROM billing_bill WHERE {mine} AND kind = 'correction'",
    "visit_bill_id": "SELECT id FROM billing_bill WHERE {mine} AND kind = 'bill' AND visit_id IS NOT NULL",
    "package_bill_id": "SELECT id FROM billing_bill WHERE {mine} AND kind = 'bill' AND visit_id IS NULL",
    "sale_bill_id": "SELECT id FROM billing_bill WHERE {mine} AND visit_id IS NULL",
    "seal": "SELECT seal FROM billing_bill WHERE {mine} AND seal <> '' AND document -> 'package' <> 'null'",
    "single_seal": "SELECT seal FROM billing_bill WHERE {mine} AND seal <> '' AND document -> 'package' = 'null'",
    "credited_seal": """
SELECT b.seal FROM billing_bill b JOIN billing_bill n ON (n.clinic_id, n.corrects_id) = (b.clinic_id, b.id)
WHERE b.{mine} AND b.seal <> ''""",
    "good_id": "SELECT id FROM billing_good WHERE {mine} AND is_active",
    "line_id": "SELECT id FROM billing_billline WHERE {mine} AND kind = 'package' AND credits_id IS NULL",
    # Of an address that only takes what is sent: any id does.
    "instalment_id": "SELECT id FROM clinic_patient WHERE {mine}",
    "run_id": "SELECT id FROM billing_printrun WHERE {mine} AND state = 'ready'",
    "payment_id": "SELECT payment_id FROM billing_allocation WHERE {mine} ORDER BY recorded_at, id",
    "paid_line_id": "SELECT line_id FROM billing_allocation WHERE {mine} ORDER BY recorded_at, id",
    "import_id": "SELECT id FROM clinic_registerimport WHERE {mine}",
    "ready_import_id": "SELECT id FROM clinic_registerimport WHERE {mine} AND filename = 'register.csv'",
    "bad_import_id": "SELECT id FROM clinic_registerimport WHERE {mine} AND filename LIKE '%mistakes%'",
    "closure_id": "SELECT id FROM visits_closure WHERE {mine}",
    "series_id": "SELECT id FROM visits_series WHERE {mine}",
    "month_id": "SELECT id FROM packages_package WHERE {mine} AND period IS NOT NULL",
    "referral_id": "SELECT id FROM packages_package WHERE {mine} AND authorised_by <> ''",
    "statement_id": "SELECT id FROM billing_statement WHERE {mine}",
    "message_id": "SELECT id FROM clinic_message WHERE {mine} ORDER BY state = 'failed' DESC, created_at",
    "hand_message_id": "SELECT id FROM clinic_message WHERE {mine} AND state = 'queued' AND channel = 'by_hand'",
    "kind": f"SELECT '{KIND}' FROM clinic_patient WHERE {{mine}}",
    "language": "SELECT 'hi' FROM clinic_patient WHERE {mine}",
    "row": "SELECT 'used' FROM clinic_patient WHERE {mine}",
    "channel": "SELECT 'whatsapp' FROM clinic_patient WHERE {mine}",
    "sent_message_id": "SELECT id FROM clinic_message WHERE {mine} AND state IN ('sent', 'delivered', 'read')",
    # Of an address that only takes what is sent: any id does.
    "reply_id": "SELECT id FROM clinic_patient WHERE {mine}",
    "staff_id": "SELECT id FROM clinic_staff WHERE {mine} AND role = 'therapist'",
    "owing_patient_id": """
SELECT b.patient_id FROM billing_bill b JOIN billing_billline l ON (l.clinic_id, l.bill_id) = (b.clinic_id, b.id)
WHERE b.{mine} AND b.kind IN ('bill', 'receipt') AND l.amount > coalesce((SELECT sum(a.amount) FROM billing_allocation a
  WHERE a.clinic_id = l.clinic_id AND a.line_id = l.id), 0) AND NOT EXISTS (
  SELECT FROM billing_billline c WHERE c.clinic_id = l.clinic_id AND c.credits_id = l.id)
ORDER BY b.issued_at""",
    "question_id": "SELECT id FROM billing_gatewayquestion WHERE {mine}",
    "service_id": "SELECT id FROM clinic_service WHERE {mine}",
    "branch_id": "SELECT id FROM clinic_branch WHERE {mine}",
    "day": UNMARKED_DAY,
    "figure": "SELECT 'sold' FROM clinic_patient WHERE {mine}",
    "visits_figure": "SELECT 'delivered' FROM clinic_patient WHERE {mine}",
    "capacity_figure": "SELECT 'capacity' FROM clinic_patient WHERE {mine}",
    "exceptions_figure": "SELECT 'exceptions' FROM clinic_patient WHERE {mine}",
    "closed_day": "SELECT day FROM desk_dayclose WHERE {mine} ORDER BY counted_cash <> expected_cash DESC, day DESC",
}
# URL name -> the objects and questions that it is opened with; one page for each.
WANTS: dict[str, list[dict[str, str]]] = {
    "billing:visit_bill": [{"visit_id": "completed_visit_id"}],
    "desk:reopening": [{"visit_id": "completed_visit_id"}],
    "desk:completion": [{}, {"visit_id": "completed_visit_id"}, {"visit_id": "ended_visit_id"}],
    "visits:visit_detail": [{}, {"visit_id": "completed_visit_id"}, {"visit_id": "ended_visit_id"}],
    "desk:letting_off": [{"visit_id": "ended_visit_id"}],
    "visits:booking": [{}, {"?q": "a"}, {"?patient": "patient_id"}],
    "visits:walk_in": [{"?patient": "patient_id"}],
    # The service and the branch are the first of the clinic.
    "visits:series_booking": [
        {
            "?patient": "patient_id",
            "?on": (timezone.now().date() + timedelta(days=2)).isoformat(),
            "?at": "10:30",
            "?service": "service_id",
            "?branch": "branch_id",
            "?weekdays": "1",
            "?visits": "6",
        }
    ],
    "visits:closure_new": [
        {},
        {
            "?first_day": (timezone.now().date() + timedelta(days=200)).isoformat(),
            "?last_day": (timezone.now().date() + timedelta(days=201)).isoformat(),
            "?reason": "Diwali",
            "?extends": "on",
        },
    ],
    "packages:membership": [{"package_id": "month_id"}],
    "packages:membership_return": [{"package_id": "month_id"}],
    "packages:naming": [{}, {"?person": "other_patient_id"}],
    "packages:naming_elsewhere": [{}, {"?q": "a"}],
    "desk:sale": [{}, {"?plan": "plan_id"}],
    "desk:attendance": [{}, {"?about": "days", "?first_day": "2030-01-01", "?last_day": "2029-01-01"}],
    "desk:attendance_list": [{}, {"patient_id": "merged_patient_id"}],
    "desk:therapists": [{}, {"?first": "2020-01-01", "?last": "2020-01-31"}],
    "desk:instalments": [{}, {"?view": "coming"}],
    "desk:messages": [{}, {"?view": "all"}, {"?view": "waiting", "?q": "nobody is called so"}],
    "desk:message": [{}, {"message_id": "hand_message_id"}, {"message_id": "sent_message_id"}],
    "desk:merging": [{}, {"?other": "other_patient_id"}],
    "desk:merges": [{}, {"patient_id": "merged_patient_id"}],
    "desk:patient_file": [{}, {"patient_id": "merged_patient_id"}],
    "billing:bill_detail": [{}, {"bill_id": "correction_id"}],
    "billing:verification": [{}, {"seal": "single_seal"}, {"seal": "credited_seal"}],
    "desk:bill_voiding": [{"bill_id": "visit_bill_id"}, {"bill_id": "package_bill_id"}],
    "desk:counter": [
        {},
        {"?key": str(uuid4()), "?plan": "plan_id", "?branch": "branch_id", "?goods-0-good": "good_id"},
    ],
    "patients:patient_list": [{}, {"?q": "nobody is called so"}],
    "desk:today": [{}, {"?on": "2020-01-05"}],
    "desk:payment": [{}, {"?q": "a", "?also": "other_patient_id"}],
    "desk:payment_list": [{}, {"?q": "nobody is called so"}, {"?method": "cash"}],
    "desk:taking_back": [{"?line": "paid_line_id"}],
    "desk:day_close": [{}, {"day": "closed_day"}],
    "desk:day_book": [{"day": "closed_day"}, {"?first": "2026-01-01", "?last": "2026-01-31"}],
    "desk:week": [{}, {"?of": "2026-01-07"}],
    "desk:week_list": [
        {},
        {"figure": "visits_figure"},
        {"figure": "capacity_figure"},
        {"figure": "exceptions_figure"},
        {"?of": "2026-01-07"},
    ],
    "packages:transfer": [{}, {"package_id": "usable_package_id", "?to": "other_patient_id"}],
    "packages:package_list": [{}, {"?view": "memberships"}],
    "packages:liability": [{}, {"?on": "2020-01-05"}],
    "packages:liability_changes": [{}, {"?first": "2020-01-05", "?last": "2020-01-06"}],
    "packages:liability_shares": [{}, {"?by": "service"}, {"?on": "2999-01-01", "?by": "expiry_month"}],
    "packages:package_detail": [{}, {"package_id": "month_id"}, {"package_id": "referral_id"}],
    "packages:freeze": [{"package_id": "usable_package_id"}],
    "desk:reconciliation": [{}, {"?first": "2020-01-01", "?last": "2020-03-31"}],
    "desk:sleeping": [{}, {"?since": "never"}],
    "desk:refund": [{}, {"package_id": "usable_package_id"}],
    "desk:portal": [{"token": "portal_token"}],
    "desk:portal_answer": [{"token": "portal_token", "visit_id": "disputed_visit_id"}],
    "desk:portal_note": [{"token": "portal_token", "visit_id": "disputed_visit_id"}],
    "desk:portal_identification": [{"token": "portal_token"}],
    "desk:portal_visit": [
        {"token": "coming_token", "visit_id": "coming_visit_id"},
        {"token": "portal_token", "visit_id": "disputed_visit_id"},
    ],
    "desk:portal_confirmation": [{"token": "coming_token", "visit_id": "coming_visit_id"}],
    "desk:portal_cancellation": [{"token": "coming_token", "visit_id": "coming_visit_id"}],
    "desk:portal_move_wish": [{"token": "coming_token", "visit_id": "coming_visit_id"}],
    "desk:portal_messages": [{"token": "portal_token"}],
    "desk:portal_stop": [{"token": "portal_token"}],
    "desk:answer": [{"visit_id": "completed_visit_id"}, {"visit_id": "disputed_visit_id"}],
    "desk:dispute_opening": [{"visit_id": "completed_visit_id"}],
    "desk:patient_upi": [{}, {"patient_id": "owing_patient_id"}],
    "desk:payment_link_new": [{}, {"patient_id": "owing_patient_id"}],
    "desk:payment_link": [{}, {"payment_link_id": "paid_link_id"}],
    "desk:payment_return": [{}, {"payment_link_id": "paid_link_id"}],
    "desk:portal_payment": [{"token": "portal_token"}],
    "desk:register_import": [{"import_id": "ready_import_id"}, {"import_id": "bad_import_id"}],
    "clinics": [{"?all": "1"}],
    "invitation": [{"token": "invitation_token"}],
}


# A variant that asks for another act than the page itself: several days of the book are for who keeps the books.
ASKS_FOR = {("desk:day_book", 1): "see_books"}


@dataclass(frozen=True)
class Page:
    """One page as one role sees it; role None is somebody who has not signed in."""

    name: str
    role: Role | None
    variant: int = 0
    is_first: bool = True  # of the roles that see it: looked at more thoroughly

    def __str__(self) -> str:
        variant = f"-{self.variant}" if self.variant else ""
        return f"{self.name}{variant}-{self.role.value if self.role else 'nobody'}"


def all_pages() -> list[Page]:
    """Every URL that has a page, for each role that may open it."""
    closed = FOR_MACHINES | FILES | NEED_A_KEY
    return [
        Page(name, role, variant, is_first)
        for name in sorted(set(TABLE) - closed)
        for variant in range(len(WANTS.get(name, [{}])))
        for role, is_first in zip(_seen_by(name, variant), (True, False, False, False), strict=False)
    ]


def main_pages() -> list[Page]:
    """The pages that the front desk has open all day."""
    return [page for page in all_pages() if page.name in MAIN and page.role == Role.FRONT_DESK]


def _seen_by(name: str, variant: int) -> list[Role | None]:
    act = ASKS_FOR.get((name, variant))
    allowed = ACTS[act] if act else roles_of(name)
    if isinstance(allowed, frozenset):
        return [role for role in Role if role in allowed]
    if name.startswith(ALLAUTH):
        return [None, Role.OWNER]
    return [Role.OWNER] if allowed is Door.SIGNED_IN else [None]
