"""What the figures of a week are called, and in one sentence what each counts."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "sold": (
        _("Packages sold"),
        _(
            "Packages sold on these days at their price, each month of a monthly plan one, without what was "
            "carried over into it; without those brought in from before, referrals, transfers and sales that "
            "were voided."
        ),
    ),
    "sold_value": (_("Value sold"), _("What those packages cost together; the list shows each.")),
    "scheduled": (
        _("Sessions scheduled"),
        _(
            "Visits whose time was on these days; without those that the clinic cancelled or the patient "
            "cancelled in good time."
        ),
    ),
    "delivered": (
        _("Sessions delivered"),
        _("Of the sessions scheduled, those that were completed."),
    ),
    "no_shows": (
        _("Did not come"),
        _("Of the sessions scheduled, those to which nobody came; let off or not."),
    ),
    "late_cancels": (
        _("Cancelled late"),
        _(
            "Of the sessions scheduled, those that the patient cancelled later than the package’s terms "
            "allow; without a package, in the last 24 hours."
        ),
    ),
    "unpaid": (
        _("Bills left unpaid"),
        _(
            "Bills of these days on which something was still to pay at the end of the last of them, by the "
            "money received and the credit notes up to then; and how much."
        ),
    ),
    "unpaid_value": (
        _("Amount left unpaid"),
        _("What was still to pay on those bills together; the list shows each."),
    ),
    "bounced": (
        _("Payments that bounced"),
        _(
            "Payments that were taken back by the bank on these days, whenever they had been received; and "
            "how much."
        ),
    ),
    "links": (
        _("Payment links that failed"),
        _(
            "Links that could not be made, or that expired on these days without a payment; and how much "
            "they asked for."
        ),
    ),
    "ended": (
        _("Packages that ended"),
        _(
            "Packages that were used up or lapsed on these days; without referrals, and monthly plans, which "
            "go on by themselves."
        ),
    ),
    "won": (
        _("Renewals won"),
        _(
            "Of the packages that ended, those whose patient bought another, later one within 14 days before "
            "or after the end."
        ),
    ),
    "missed": (
        _("Renewals missed"),
        _(
            "Of the packages that ended, those whose patient bought no other within 14 days, which have "
            "passed."
        ),
    ),
    "open": (
        _("Renewals still open"),
        _(
            "Of the packages that ended, those whose patient has bought no other yet, while 14 days have not "
            "passed."
        ),
    ),
    "opened": (
        _("Disputes opened"),
        _("Sessions of which a patient said on these days that they were not right."),
    ),
    "decided": (
        _("Disputes decided"),
        _("Disputes that the owner decided on these days."),
    ),
    "exceptions": (
        _("Exceptions given"),
        _(
            "What was decided outside the ordinary on these days: sessions given or taken back, visits let "
            "off or free, packages extended, frozen, freed of a restriction or voided."
        ),
    ),
    "capacity": (
        _("Capacity used"),
        _(
            "Of the minutes that therapists worked by the hours written down for them, those that visits took: "
            "booked, arrived or completed. Days on which the whole clinic was closed are taken off."
        ),
    ),
}
