"""The sentence of every cause; docs/explaining.md is this table, and a test keeps it so."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from visits.models import Visit

from .causes import Cause

C = Cause

OF_VISITS: dict[Cause, Promise] = {
    C.STILL_BOOKED: _("The visit on %(at)s is still booked. It was never completed, so it took no session."),
    C.NEVER_COMPLETED: _(
        "The patient arrived for the visit on %(at)s, but it was never completed, so it took no session."
    ),
    C.REOPENED_NOT_COMPLETED: _(
        "The visit on %(at)s was taken back (“%(reason)s”) and not completed again, so it takes no session."
    ),
    C.FREE_OF_CHARGE: _(
        "The visit on %(on)s was completed free of charge (“%(reason)s”), so it took no session."
    ),
    C.PAID_SINGLY: _(
        "The visit on %(on)s was paid singly (%(bill)s), although this package would have covered it."
    ),
    C.FIRST_DAY: _(
        "The visit on %(on)s, the day the package was bought, was not taken from it: it was settled before the sale."
    ),
    C.BEFORE_PURCHASE: _(
        "The visit on %(on)s was before the package was bought on %(sold_on)s, so it took no session."
    ),
    C.AFTER_EXPIRY: _(
        "The visit on %(on)s came after the last valid day of the package, %(valid_until)s, so it took no session."
    ),
    C.OTHER_SERVICE: _(
        "The visit on %(on)s was for %(service)s. The package is for %(covered)s, so it took no session."
    ),
    C.COUNTS_OTHERWISE: _(
        "The visit on %(on)s was for %(service)s, which the package counts as %(ways)s. Nobody chose it, so it took "
        "no session."
    ),
    C.NOT_PAID_THEN: _(
        "When the visit on %(on)s was completed, %(to_pay)s of the package was not paid yet, so it could not be used."
    ),
    C.PAID_IN_PART_THEN: _(
        "When the visit on %(on)s was completed, the money received had paid for %(open)s, and nothing more was open."
    ),
    C.FROZEN_THEN: _("The package was frozen on %(on)s, so the visit of that day took no session."),
    C.SUSPENDED_THEN: _("The package was suspended when the visit on %(on)s was completed."),
    C.CLOSED_THEN: _("The package was closed when the visit on %(on)s was completed."),
    C.NOT_NAMED: _("%(who)s came on %(on)s and was not named on this package, so it took no session."),
    C.OTHER_THERAPIST: _(
        "The visit on %(on)s was with %(therapist)s. The package is for visits with %(therapists)s."
    ),
    C.OTHER_BRANCH: _("The visit on %(on)s was at %(branch)s, where this package cannot be used."),
    C.NONE_LEFT_THEN: _("When the visit on %(on)s was completed, nothing was left on this package."),
    C.PART_LEFT_THEN: _(
        "When the visit on %(on)s was completed, only %(left)s was left. Nobody chose to use it with money beside it."
    ),
    C.GIVEN_BACK: _(
        "The session of the visit on %(on)s was given back on %(back_on)s (“%(reason)s”), and then it was not taken "
        "from this package."
    ),
    C.OTHER_PACK_ENDS_FIRST: _(
        "The visit on %(on)s was taken from package %(other)s, because that one ends first, on %(valid_until)s."
    ),
    C.OTHER_PACK_IS_OLDER: _(
        "The visit on %(on)s was taken from package %(other)s, because that one was bought first, on %(sold_on)s."
    ),
    C.OTHER_PACK_WAS_CHOSEN: _(
        "The visit on %(on)s was taken from package %(other)s, although this one comes first by the rule."
    ),
    C.PACK_OF_ANOTHER: _("The visit on %(on)s was taken from package %(other)s, which belongs to %(owner)s."),
    C.BEFORE_GO_LIVE: _("The visit on %(on)s was before go-live: it is counted in the opening balance."),
}

OF_ABSENCES: dict[Cause, Promise] = {
    C.CANCELLED_BY_CLINIC: _("The clinic cancelled the visit on %(on)s. That never takes a session."),
    C.CANCELLED_IN_TIME: _("The visit on %(at)s was cancelled in time, on %(ended)s, so it took no session."),
    C.CANCELLED_FREE_PASS: _(
        "The visit on %(at)s was cancelled late, on %(ended)s. The free pass was used, so it took no session."
    ),
    C.NO_SHOW_FREE_PASS: _(
        "Nobody came to the visit on %(at)s. The free pass was used, so it took no session."
    ),
    C.CANCELLED_TOOK: _(
        "The visit on %(at)s was cancelled late, on %(ended)s. By the terms that took %(took)s."
    ),
    C.NO_SHOW_TOOK: _("Nobody came to the visit on %(at)s. By the terms that took %(took)s."),
    C.FEE_INSTEAD: _(
        "The visit on %(at)s did not take place. By the terms a fee of %(fee)s is asked for, and no session."
    ),
    C.NOTHING_BY_TERMS: _("The visit on %(at)s did not take place. By the terms that takes nothing."),
    C.NO_PACKAGE_THEN: _(
        "The visit on %(at)s did not take place, and no package covered it then, so nothing was taken."
    ),
    C.LET_OFF: _(
        "The visit on %(at)s did not take place and was let off (“%(reason)s”), so nothing was taken."
    ),
    C.USED_BY_ANOTHER: _("%(who)s used %(took)s of this package on %(on)s."),
    C.IN_DISPUTE: _(
        "The session of %(on)s is in dispute (“%(reason)s”): it is set aside, neither used nor free."
    ),
    C.REOPENED_OFTEN: _(
        "The visit on %(on)s was completed %(times)s times and taken back in between. It counts once."
    ),
    C.COUNTED_AS_SEVERAL: _("The visit on %(on)s (%(service)s) took %(took)s, as the terms say."),
    C.COUNTED_IN_PART: _("The visit on %(on)s took only %(took)s (“%(reason)s”)."),
    C.RECORDED_LATE: _("The visit of %(on)s was recorded %(late)s later, on %(recorded)s."),
    C.TWO_ON_ONE_DAY: _(
        "Two visits took a session each on %(on)s: those of %(times)s. One may be entered twice."
    ),
    C.WITHIN_MINUTES: _(
        "The visits of %(days)s were completed within %(minutes)s. Somebody may have pressed the wrong one."
    ),
}

OF_PACKAGES: dict[Cause, Promise] = {
    C.NO_FIRST_SESSION: _(
        "No session was used on %(on)s, the day the package was bought, and no visit was entered for that day."
    ),
    C.OPENING_NOT_AGREED: _(
        "The package was brought in with %(left)s left of %(sold)s. That the patient agreed is not recorded: compare "
        "the paper card."
    ),
    C.OPENING_DIFFERS: _(
        "%(listed)s were entered from before go-live, but the opening balance counts %(used)s as used. Compare the "
        "paper card."
    ),
    C.ADJUSTED: _("%(by)s changed the count by hand on %(on)s: %(change)s (“%(reason)s”)."),
    C.LAPSED: _("%(sessions)s lapsed on %(on)s: the package was valid to %(valid_until)s."),
    C.REINSTATED: _("%(sessions)s that had lapsed came back on %(on)s (“%(reason)s”)."),
    C.TRANSFERRED: _("%(sessions)s went to %(who)s on %(on)s (“%(reason)s”)."),
    C.CAME_BY_TRANSFER: _("%(sessions)s came from %(who)s on %(on)s (“%(reason)s”)."),
    C.REFUNDED: _("%(sessions)s went with the refund on %(on)s (“%(reason)s”)."),
    C.REFUND_SHORT: _(
        "A visit was taken back after the refund. Its session does not come back; the refund was %(amount)s short."
    ),
    C.WAITS_FOR_MONEY: _("%(to_pay)s is still to pay. Until that is paid, the package cannot be used."),
    C.FROZEN_NOW: _("The package is frozen to %(last_day)s. Until then it cannot be used."),
    C.SUSPENDED_NOW: _("The package is suspended (“%(reason)s”). Until it is resumed it cannot be used."),
}

OF_PATIENTS: dict[Cause, Promise] = {
    C.GAP: _(
        "For %(days)s, between %(first)s and %(last)s, there is no visit. Otherwise the patient comes about every "
        "%(usual)s."
    ),
    C.DUPLICATE_PATIENT: _(
        "Another record may be the same person: %(who)s, number %(number)s, with %(visits)s. Its visits are not "
        "counted here."
    ),
    C.MERGED_RECORD: _(
        "The record of %(who)s, number %(number)s, was merged into this one on %(on)s. What it held is counted here."
    ),
}

SENTENCES: dict[Cause, Promise] = OF_VISITS | OF_ABSENCES | OF_PACKAGES | OF_PATIENTS

# What became of a visit that the package did not cover; said after the cause.
SETTLED: dict[str, Promise] = {
    Visit.Settlement.CHARGE: _("It was paid singly: %(bill)s."),
    Visit.Settlement.FREE: _("It was free of charge: “%(reason)s”."),
}
SAYS_SETTLED = frozenset(OF_VISITS) - {C.PAID_SINGLY, C.FREE_OF_CHARGE, C.STILL_BOOKED, C.NEVER_COMPLETED}
