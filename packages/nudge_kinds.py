"""The kinds of nudges, and their wording as shipped. Which rule finds what is for packages.nudge_rules and
visits.nudges to say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from clinic.messages.kinds import Field, Group, Kind, Timing, register

EXPIRING, FEW_LEFT, USED_UP = "nudge.expiring", "nudge.few_left", "nudge.used_up"
NOT_COMING, WILL_NOT_FINISH = "nudge.not_coming", "nudge.will_not_finish"
BEYOND_EXPIRY = "nudge.beyond_expiry"
# Of several occasions of one package on one day the first of these words the message.
URGENCY = (USED_UP, EXPIRING, BEYOND_EXPIRY, WILL_NOT_FINISH, FEW_LEFT, NOT_COMING)
# What they say is no longer true once the last valid day has moved.
ABOUT_THE_LAST_DAY = (EXPIRING, BEYOND_EXPIRY, WILL_NOT_FINISH)

LEFT = Field("left", _("Sessions left"), _("3 sessions left"), is_needed=True)
VALID_TO = Field("valid_to", _("Last valid day; empty where it never lapses"), _("31 May 2027"))

register(
    Kind(
        EXPIRING,
        Group.NUDGE,
        label=_("Package expires soon"),
        about=_("Some days before the last valid day of a package with sessions left."),
        subject=_("{clinic}: {left}, valid to {valid_to}"),
        body=_(
            "Hello {first_name},\n\nYou have {left}, valid to {valid_to}.\n"
            "Call us to book the next visit.\n\nYour package: {link}\n\n{clinic}\nPhone {phone}"
        ),
        fields=(LEFT, VALID_TO),
        timings=(Timing("days", _("Days before the last day"), (14, 7, 1), 1, 90, is_list=True),),
        for_hand=True,
    ),
    Kind(
        FEW_LEFT,
        Group.NUDGE,
        label=_("Few sessions left"),
        about=_("On the day after a visit that left only so many."),
        subject=_("{clinic}: {left}"),
        body=_(
            "Hello {first_name},\n\nYou have {left}.\nValid to {valid_to}.\n"
            "Ask us about the next package when you come.\n\nYour package: {link}\n\n{clinic}\nPhone {phone}"
        ),
        fields=(LEFT, VALID_TO),
        timings=(Timing("few", _("Sessions left, or fewer"), (2,), 1, 10),),
        for_hand=True,
    ),
    Kind(
        USED_UP,
        Group.NUDGE,
        label=_("Package used up"),
        about=_("On the day after the last session, where the patient has no other package."),
        subject=_("{clinic}: all sessions used"),
        body=_(
            "Hello {first_name},\n\nAll {sold} of your package are used.\n"
            "Ask us about the next package.\n\nYour visits: {link}\n\n{clinic}\nPhone {phone}"
        ),
        fields=(Field("sold", _("Sessions sold"), _("10 sessions"), is_needed=True),),
        for_hand=True,
    ),
    Kind(
        NOT_COMING,
        Group.NUDGE,
        label=_("Has not come for a while"),
        about=_("Sessions are left, but there was no visit for so many days and none is booked."),
        subject=_("{clinic}: {left}"),
        body=_(
            "Hello {first_name},\n\nWe have not seen you since {last_seen}.\nYou have {left}.\n"
            "Valid to {valid_to}.\nCall us for a time that suits you.\n\n"
            "Your package: {link}\n\n{clinic}\nPhone {phone}"
        ),
        fields=(LEFT, VALID_TO, Field("last_seen", _("Day of the last visit, if any"), _("5 May 2027"))),
        timings=(Timing("days", _("Days without a visit"), (14,), 5, 90),),
        for_hand=True,
    ),
    Kind(
        WILL_NOT_FINISH,
        Group.NUDGE,
        label=_("Will not be used up in time"),
        about=_(
            "At the present pace, and with what is booked, sessions would be left on the last valid day."
        ),
        subject=_("{clinic}: {left}, valid to {valid_to}"),
        body=_(
            "Hello {first_name},\n\nYou have {left}, valid to {valid_to}.\n"
            "At {pace} you would finish on {finish_on}.\n{advice}\n"
            "If that does not suit you, ask us what else can be done before that day.\n\n"
            "Your package: {link}\n\n{clinic}\nPhone {phone}"
        ),
        fields=(
            LEFT,
            VALID_TO._replace(is_needed=True),
            Field("pace", _("Sessions a week"), _("2 a week")),
            Field("finish_on", _("Day of the last session at that pace"), _("20 Jul 2027")),
            Field(
                "advice", _("How many a week would be enough"), _("With 3 visits a week you use them all.")
            ),
        ),
        timings=(Timing("days", _("At most so many days before the last day"), (60,), 15, 365),),
        for_hand=True,
    ),
    Kind(
        BEYOND_EXPIRY,
        Group.NUDGE,
        label=_("Visits booked after the last day"),
        about=_("Visits are booked that the package does not cover any more: they are listed."),
        subject=_("{clinic}: visits after {valid_to}"),
        body=_(
            "Hello {first_name},\n\nYour package is valid to {valid_to}; you have {left}.\n"
            "Booked after that day: {bookings}.\n"
            "Call us to move them, or ask what else can be done.\n\n"
            "Your visits: {link}\n\n{clinic}\nPhone {phone}"
        ),
        fields=(
            LEFT,
            VALID_TO._replace(is_needed=True),
            Field("bookings", _("The visits"), _("6 Jul at 17:00, 8 Jul at 17:00"), is_needed=True),
        ),
        for_hand=True,
    ),
)
