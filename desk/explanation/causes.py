"""Why a visit was not counted, or the count is not what somebody expects: the causes."""

from enum import StrEnum


class Cause(StrEnum):
    # a visit that nobody settled
    STILL_BOOKED = "still_booked"
    NEVER_COMPLETED = "never_completed"
    REOPENED_NOT_COMPLETED = "reopened_not_completed"
    # a visit that was settled in another way
    FREE_OF_CHARGE = "free_of_charge"
    PAID_SINGLY = "paid_singly"
    FIRST_DAY = "first_day"
    BEFORE_PURCHASE = "before_purchase"
    AFTER_EXPIRY = "after_expiry"
    OTHER_SERVICE = "other_service"
    COUNTS_OTHERWISE = "counts_otherwise"
    NOT_PAID_THEN = "not_paid_then"
    PAID_IN_PART_THEN = "paid_in_part_then"
    FROZEN_THEN = "frozen_then"
    SUSPENDED_THEN = "suspended_then"
    CLOSED_THEN = "closed_then"
    NOT_NAMED = "not_named"
    OTHER_THERAPIST = "other_therapist"
    OTHER_BRANCH = "other_branch"
    NONE_LEFT_THEN = "none_left_then"
    PART_LEFT_THEN = "part_left_then"
    GIVEN_BACK = "given_back"
    OTHER_PACK_ENDS_FIRST = "other_pack_ends_first"
    OTHER_PACK_IS_OLDER = "other_pack_is_older"
    OTHER_PACK_WAS_CHOSEN = "other_pack_was_chosen"
    PACK_OF_ANOTHER = "pack_of_another"
    BEFORE_GO_LIVE = "before_go_live"
    # a visit that did not take place
    CANCELLED_BY_CLINIC = "cancelled_by_clinic"
    CANCELLED_IN_TIME = "cancelled_in_time"
    CANCELLED_FREE_PASS = "cancelled_free_pass"  # noqa: S105
    NO_SHOW_FREE_PASS = "no_show_free_pass"  # noqa: S105
    CANCELLED_TOOK = "cancelled_took"
    NO_SHOW_TOOK = "no_show_took"
    FEE_INSTEAD = "fee_instead"
    NOTHING_BY_TERMS = "nothing_by_terms"
    NO_PACKAGE_THEN = "no_package_then"
    LET_OFF = "let_off"
    # a visit that was counted, and something about it
    USED_BY_ANOTHER = "used_by_another"
    IN_DISPUTE = "in_dispute"
    REOPENED_OFTEN = "reopened_often"
    COUNTED_AS_SEVERAL = "counted_as_several"
    COUNTED_IN_PART = "counted_in_part"
    RECORDED_LATE = "recorded_late"
    TWO_ON_ONE_DAY = "two_on_one_day"
    WITHIN_MINUTES = "within_minutes"
    # the package itself
    NO_FIRST_SESSION = "no_first_session"
    OPENING_NOT_AGREED = "opening_not_agreed"
    OPENING_DIFFERS = "opening_differs"
    ADJUSTED = "adjusted"
    LAPSED = "lapsed"
    REINSTATED = "reinstated"
    TRANSFERRED = "transferred"
    CAME_BY_TRANSFER = "came_by_transfer"
    REFUNDED = "refunded"
    REFUND_SHORT = "refund_short"
    WAITS_FOR_MONEY = "waits_for_money"
    FROZEN_NOW = "frozen_now"
    SUSPENDED_NOW = "suspended_now"
    # the patient
    GAP = "gap"
    DUPLICATE_PATIENT = "duplicate_patient"
    MERGED_RECORD = "merged_record"


C = Cause
# What may be a mistake that somebody can mend; the rest is as it should be, and explains.
MAY_BE_WRONG = frozenset(
    {
        C.STILL_BOOKED,
        C.NEVER_COMPLETED,
        C.REOPENED_NOT_COMPLETED,
        C.FREE_OF_CHARGE,
        C.PAID_SINGLY,
        C.FIRST_DAY,
        C.BEFORE_PURCHASE,
        C.AFTER_EXPIRY,
        C.COUNTS_OTHERWISE,
        C.NOT_PAID_THEN,
        C.PAID_IN_PART_THEN,
        C.FROZEN_THEN,
        C.SUSPENDED_THEN,
        C.NOT_NAMED,
        C.OTHER_THERAPIST,
        C.OTHER_BRANCH,
        C.PART_LEFT_THEN,
        C.GIVEN_BACK,
        C.OTHER_PACK_WAS_CHOSEN,
        C.PACK_OF_ANOTHER,
        C.IN_DISPUTE,
        C.TWO_ON_ONE_DAY,
        C.WITHIN_MINUTES,
        C.OPENING_NOT_AGREED,
        C.OPENING_DIFFERS,
        C.WAITS_FOR_MONEY,
        C.FROZEN_NOW,
        C.SUSPENDED_NOW,
        C.GAP,
        C.DUPLICATE_PATIENT,
    }
)
