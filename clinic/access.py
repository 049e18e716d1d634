"""The one table that says who may do each act and see each page. Everything is closed unless opened here.

`ACTS` gives the roles of an act; `PAGES` gives the act that a URL's name asks for. A URL that is missing here
answers 404 and fails the tests. Services ask `require()` where an act has no URL of its own.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from .models import Role

if TYPE_CHECKING:
    from .models import Staff


class Door(Enum):
    """Pages outside a clinic."""

    PUBLIC = "anybody"
    SIGNED_IN = "anybody who has signed in"


OWNER = frozenset({Role.OWNER})
DESK = frozenset({Role.OWNER, Role.FRONT_DESK})
MONEY = DESK | {Role.ACCOUNTANT}
BOOKS = frozenset({Role.OWNER, Role.ACCOUNTANT})
CARE = DESK | {Role.THERAPIST}
EVERYBODY = frozenset(Role)

ACTS: dict[str, frozenset[Role]] = {
    "see_day": CARE,
    "find_patient": EVERYBODY,
    "see_patient": EVERYBODY,
    "edit_patient": DESK,
    "share_link": DESK,
    "merge_patients": DESK,
    "name_person": DESK,
    "book_visit": DESK,
    "check_in": CARE,
    "complete_visit": CARE,
    "reopen_visit": CARE,
    "mark_no_show": CARE,
    "cancel_visit": DESK,
    "move_visit": DESK,
    "see_package": EVERYBODY,
    "sell_package": DESK,
    "adjust_package": DESK,  # the front desk within the clinic's limit, packages.limits
    "extend_package": DESK,
    "freeze_package": DESK,
    "suspend_package": DESK,
    "void_package": DESK,
    "lift_restriction": OWNER,
    "transfer_package": DESK,
    "refund_package": OWNER,
    "quote_refund": MONEY,
    "let_off": OWNER,
    "use_in_part": DESK,
    "open_referral": DESK,
    "end_membership": DESK,
    "see_closures": DESK,
    "close_clinic": OWNER,
    "apply_package": OWNER,
    "answer_visit": CARE,
    "open_dispute": DESK,
    "see_disputes": DESK,
    "note_dispute": DESK,
    "decide_dispute": OWNER,
    "see_plans": MONEY,
    "edit_plans": OWNER,
    "see_bills": MONEY,
    "see_visit_bill": EVERYBODY,
    "print_bills": MONEY,
    "take_payment": DESK,
    "agree_instalments": DESK,
    "bounce_payment": DESK,
    "pay_back": OWNER,
    "take_back": DESK,
    "send_bill": CARE,
    "see_messages": DESK,
    "void_bill": DESK,
    "see_statements": MONEY,
    "issue_statement": MONEY,
    "keep_claim": DESK,  # what the illness is, and papers that say it
    "see_liability": BOOKS,
    "close_month": OWNER,
    "see_exceptions": BOOKS,
    "see_pay": BOOKS,
    "see_own_pay": frozenset({Role.OWNER, Role.THERAPIST}),
    "set_pay": OWNER,
    "see_days": MONEY,
    "see_books": BOOKS,  # all branches together, and several days
    "close_day": DESK,
    "reopen_day": OWNER,
    "import_register": DESK,
    "manage_clinic": OWNER,
    "manage_staff": OWNER,
    "see_audit": OWNER,
}

PAGES: dict[str, str | Door] = {
    # filled below, one block an app, so that each app's helpers read in one place
}


class NotAllowed(PermissionDenied):
    """The role may not do this act."""

    def __init__(self, act: str) -> None:
        self.act = act
        super().__init__(_("Your role does not include this. Ask the owner of the clinic."))


def may(by: Staff | None, act: str) -> bool:
    """Whether this person may do the act. Nobody (the nightly job) may do what is asked of it."""
    return by is None or (by.is_active and by.role in ACTS[act])


def require(by: Staff | None, act: str) -> None:
    """Raise NotAllowed unless `by` may do the act."""
    if not may(by, act):
        raise NotAllowed(act)


def roles_of(view_name: str) -> frozenset[Role] | Door | None:
    """Who may open a URL: roles in the clinic, a door outside of it, or None when it is closed."""
    act = PAGES.get(view_name)
    return ACTS[act] if isinstance(act, str) else act


PAGES |= {
    # outside a clinic
    "home": Door.PUBLIC,
    "healthz": Door.PUBLIC,
    "readyz": Door.PUBLIC,
    "metrics": Door.PUBLIC,
    "language": Door.PUBLIC,
    "theme": Door.PUBLIC,
    "clinics": Door.SIGNED_IN,
    "clinic_new": Door.SIGNED_IN,
    "invitation": Door.PUBLIC,
    "ui": Door.PUBLIC,
    "ui_desk": Door.PUBLIC,
    "ui_find": Door.PUBLIC,
    "desk:portal": Door.PUBLIC,
    "desk:portal_bill": Door.PUBLIC,
    "desk:portal_attendance": Door.PUBLIC,
    "desk:portal_identification": Door.PUBLIC,
    "desk:portal_answer": Door.PUBLIC,
    "desk:portal_note": Door.PUBLIC,
    "desk:portal_visit": Door.PUBLIC,
    "desk:portal_confirmation": Door.PUBLIC,
    "desk:portal_cancellation": Door.PUBLIC,
    "desk:portal_move_wish": Door.PUBLIC,
    "desk:portal_messages": Door.PUBLIC,
    "desk:portal_stop": Door.PUBLIC,
}

PAGES |= {
    "staff:staff_list": "manage_staff",
    "staff:staff_new": "manage_staff",
    "staff:staff_edit": "manage_staff",
    "staff:invitations": "manage_staff",
    "staff:revocation": "manage_staff",
    "staff:deactivation": "manage_staff",
    "staff:return": "manage_staff",
    "administration:settings": "manage_clinic",
    "administration:service_list": "manage_clinic",
    "administration:service_new": "manage_clinic",
    "administration:service_edit": "manage_clinic",
    "administration:service_retirement": "manage_clinic",
    "administration:service_return": "manage_clinic",
    "administration:branch_list": "manage_clinic",
    "administration:branch_new": "manage_clinic",
    "administration:branch_edit": "manage_clinic",
    "administration:message_settings": "manage_clinic",
    "administration:message_account": "manage_clinic",
    "administration:account_switch": "manage_clinic",
    "administration:message_rules": "manage_clinic",
    "administration:wording": "manage_clinic",
    "administration:wording_preview": "manage_clinic",
    "administration:wording_return": "manage_clinic",
    "administration:wording_trial": "manage_clinic",
}

PAGES |= {
    # patients
    "patients:search": "find_patient",
    "patients:patient_list": "find_patient",
    "patients:patient_new": "edit_patient",
    "patients:patient_details": "edit_patient",
    "patients:consent": "edit_patient",
    "patients:patient_link": "share_link",
    "patients:link_revoking": "share_link",
}

PAGES |= {
    # desk: the patient and the counter
    "desk:patient_file": "see_patient",
    "desk:sale": "sell_package",
    "desk:payment": "take_payment",
    "desk:counter": "sell_package",
    "desk:bill_voiding": "void_bill",
}

PAGES |= {
    # packages
    "packages:package_list": "see_package",
    "packages:package_detail": "see_package",
    "packages:adjustment": "adjust_package",
    "packages:agreement": "sell_package",
    "packages:plan_list": "see_plans",
    "packages:plan_new": "edit_plans",
    "packages:plan_detail": "edit_plans",
}

PAGES |= {
    # what is owed in care
    "packages:liability": "see_liability",
    "packages:liability_csv": "see_liability",
    "packages:liability_xlsx": "see_liability",
    "packages:liability_changes": "see_liability",
    "packages:liability_postings": "see_liability",
    "packages:liability_shares": "see_liability",
    "packages:liability_packages": "see_liability",
    "packages:liability_late": "see_liability",
    "packages:month_list": "see_liability",
    "packages:month_closing": "close_month",
    "desk:liability_pdf": "see_liability",
    "packages:exposure": "see_liability",
    "packages:exposure_file": "see_liability",
}

PAGES |= {
    # the day
    "desk:today": "see_day",
    "desk:completion": "complete_visit",
    "desk:reopening": "reopen_visit",
    "visits:booking": "book_visit",
    "visits:walk_in": "book_visit",
    "visits:visit_detail": "see_patient",
    "visits:arrival": "check_in",
    "visits:confirmation": "check_in",
    "visits:move": "move_visit",
}

PAGES |= {
    # visits that do not take place
    "desk:no_show": "mark_no_show",
    "desk:cancellation": "cancel_visit",
    "desk:restoration": "mark_no_show",  # who can say it by a slip of the thumb can take it back
    "desk:letting_off": "let_off",
}

PAGES |= {
    # billing; a bill that is no visit's asks for see_bills too
    "billing:bill_list": "see_bills",
    "billing:bill_detail": "see_visit_bill",
    "billing:bill_pdf": "see_visit_bill",
    "billing:bill_print": "see_visit_bill",
    "billing:visit_bill": "see_visit_bill",
}

PAGES |= {
    # for whoever holds a paper
    "billing:verification": Door.PUBLIC,
}

PAGES |= {
    # what bills are made of
    "billing:numbering": "manage_clinic",
    "billing:branch_numbering": "manage_clinic",
    "billing:good_list": "manage_clinic",
    "billing:good_new": "manage_clinic",
    "billing:good_edit": "manage_clinic",
    "billing:good_retirement": "manage_clinic",
    "billing:good_return": "manage_clinic",
}

PAGES |= {
    # papers for insurers; one that says what the illness is asks for keep_claim too
    "desk:attendance": "issue_statement",
    "desk:attendance_list": "see_statements",
    "desk:attendance_detail": "see_statements",
    "desk:attendance_pdf": "see_statements",
    "desk:package_attendance": "issue_statement",
    "desk:claim": "keep_claim",
}

PAGES |= {
    # paying by and by
    "desk:instalments": "see_bills",
    "desk:instalment_plan": "agree_instalments",
    "desk:instalment_reminder": "agree_instalments",
}

PAGES |= {
    # many bills as one file
    "billing:print_run_list": "print_bills",
    "billing:print_run": "print_bills",
    "billing:print_run_pdf": "print_bills",
    "billing:print_run_cancellation": "print_bills",
    "billing:print_run_resumption": "print_bills",
}

PAGES |= {
    # payments, and the account of a patient
    "desk:payment_list": "see_bills",
    "desk:payment_detail": "see_bills",
    "desk:bouncing": "bounce_payment",
    "desk:taking_back": "take_back",
    "desk:account": "see_bills",
    "desk:applying": "take_payment",
    "desk:handing_back": "pay_back",
    "desk:account_statement": "see_bills",
    "desk:account_statement_pdf": "see_bills",
}

PAGES |= {
    # messages
    "desk:sending": "send_bill",
    "desk:renewals": "sell_package",
    "desk:message_sent": "sell_package",
    "desk:messages": "see_messages",
    "desk:message": "see_messages",
    "desk:message_retry": "see_messages",
    "desk:message_retries": "see_messages",
    "desk:messages_by_hand": "share_link",
    "desk:message_by_hand": "share_link",
    "desk:message_settling": "see_messages",
    "desk:patient_messages": "see_messages",
    "desk:replies": "see_messages",
    "desk:reply_seen": "see_messages",
}

PAGES |= {
    # the register that a clinic kept before
    "desk:register": "import_register",
    "desk:register_import": "import_register",
    "desk:register_columns": "import_register",
    "desk:register_entering": "import_register",
}

PAGES |= {
    # answers of patients, and disputes
    "desk:answer": "answer_visit",
    "desk:dispute_opening": "open_dispute",
    "desk:disputes": "see_disputes",
    "desk:dispute": "see_disputes",
    "desk:dispute_notes": "note_dispute",
    "desk:dispute_decision": "decide_dispute",
    "desk:dispute_pdf": "see_disputes",
}

PAGES |= {
    # the end of the day
    "desk:days": "see_days",
    "desk:day_close": "close_day",
    "desk:day_settling": "close_day",
    "desk:day_reopening": "reopen_day",
}

PAGES |= {
    # the day book
    "desk:day_book": "see_days",
    "desk:day_book_pdf": "see_days",
    "desk:day_book_file": "see_days",
}

PAGES |= {
    # two records of one patient
    "desk:merging": "merge_patients",
    "desk:merges": "merge_patients",
}

PAGES |= {
    # who may use a pack
    "packages:naming": "name_person",
    "packages:unnaming": "name_person",
    "packages:naming_elsewhere": "name_person",
}

PAGES |= {
    # acts on a package
    "packages:freeze": "freeze_package",
    "packages:thaw": "freeze_package",
    "packages:extension": "extend_package",
    "packages:suspension": "suspend_package",
    "packages:resumption": "suspend_package",
    "packages:lifting": "lift_restriction",
    "packages:transfer": "transfer_package",
    "packages:transfer_undoing": "transfer_package",
    "desk:refund": "quote_refund",
    "desk:refund_making": "refund_package",
    "desk:voiding": "void_package",
    "desk:hindsight": "apply_package",
    "desk:exceptions": "see_exceptions",
    "desk:exceptions_file": "see_exceptions",
    "desk:expected_expiry": "see_liability",
    "desk:expected_expiry_file": "see_liability",
    "desk:reconciliation": "see_liability",
    "desk:reconciliation_file": "see_liability",
    "desk:sleeping": "see_liability",
    "desk:sleeping_file": "see_liability",
}

PAGES |= {
    # what therapists delivered and earned
    "desk:therapists": "see_pay",
    "desk:therapist_statement": "see_pay",
    "desk:therapist_statement_pdf": "see_pay",
    "desk:therapist_statement_file": "see_pay",
    "desk:pay_rules": "set_pay",
    "desk:own_statement": "see_own_pay",
    "desk:own_statement_pdf": "see_own_pay",
    "desk:own_statement_file": "see_own_pay",
}

PAGES |= {
    # the owner's week
    "desk:week": "see_liability",
    "desk:week_file": "see_liability",
    "desk:week_list": "see_liability",
    "desk:week_list_file": "see_liability",
}

PAGES |= {
    # why a count is what it is
    "desk:package_explanation": "see_package",
    "desk:package_statement": "see_package",
    "desk:package_statement_pdf": "see_package",
    "desk:patient_explanation": "see_patient",
    "desk:patient_statement": "see_patient",
    "desk:patient_statement_pdf": "see_patient",
}

PAGES |= {
    # visits booked together, and days on which the clinic is closed
    "visits:series_booking": "book_visit",
    "visits:series_detail": "see_patient",
    "visits:closure_list": "see_closures",
    "visits:closure_new": "close_clinic",
    "visits:closure_detail": "see_closures",
}

PAGES |= {
    # who works when
    "visits:hours": "manage_staff",
}

PAGES |= {
    # packages that are no plain sale
    "packages:membership": "end_membership",
    "packages:membership_return": "end_membership",
    "packages:referral_new": "open_referral",
}

PAGES |= {
    # what the providers of messages report
    "hook_whatsapp": Door.PUBLIC,
    "hook_sms": Door.PUBLIC,
}

PAGES |= {
    # paying online, and by a code on the screen
    "desk:gateway_webhook": Door.PUBLIC,
    "desk:payment_return": Door.PUBLIC,
    "desk:portal_payment": Door.PUBLIC,
    "desk:patient_upi": "take_payment",
    "desk:bill_upi": "take_payment",
    "desk:payment_links": "see_bills",
    "desk:payment_link": "see_bills",
    "desk:payment_link_new": "take_payment",
    "desk:payment_link_sending": "take_payment",
    "desk:payment_link_cancellation": "take_payment",
    "desk:payment_link_refund": "pay_back",
    "desk:gateway_answer": "take_payment",
    "desk:gateway_settings": "manage_clinic",
    "desk:gateway_test": "manage_clinic",
    "desk:gateway_off": "manage_clinic",
}
