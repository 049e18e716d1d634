"""The kinds of reminders of visits."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from clinic.messages.kinds import Field, Group, Kind, Timing, register

TWO_DAYS, DAY_BEFORE, SAME_DAY = "reminder.two_days", "reminder.day_before", "reminder.same_day"
REMINDERS = (TWO_DAYS, DAY_BEFORE, SAME_DAY)
LONGEST = 24 * 7

FIELDS = (
    Field(
        "visits",
        _("The visits of that day: when, with whom"),
        _("Tuesday, 10 March, 10:30 with Dr Anand Iyer"),
        is_needed=True,
    ),
    Field("day", _("Day"), _("Tuesday, 10 March")),
    Field("time", _("Time of the first visit"), "10:30"),
    Field("therapist", _("Therapist of the first visit"), "Dr Anand Iyer"),
    Field("branch", _("Branch, where the clinic has several"), "Andheri"),
    Field("takes", _("What it takes, as a sentence"), _("It takes 1 session of the 4 you have left.")),
    Field("left", _("Sessions left now"), "4"),
    Field(
        "cancel_by",
        _("Until when cancelling is free, as a sentence"),
        _("You can cancel it free of charge until Monday, 9 March, 10:30."),
    ),
    Field("visit_link", _("Link to confirm, move or cancel"), "https://…/p/asha/…/visits/…/", is_needed=True),
)
BODY = _(
    "Hello {first_name},\n\nSee you on {visits}.\nAt {branch}.\n{takes}\n{cancel_by}\nConfirm, move or cancel: "
    "{visit_link}\n\n{clinic}\nPhone {phone}"
)
SUBJECT = _("{clinic}: your visit on {day}, {time}")
ABOUT = _("Once for every visit, so many hours before it; several visits of a day in one message.")

register(
    Kind(
        TWO_DAYS,
        Group.REMINDER,
        _("Two days before"),
        ABOUT,
        SUBJECT,
        BODY,
        FIELDS,
        (Timing("hours", _("Hours before"), (48,), 2, LONGEST),),
    ),
    Kind(
        DAY_BEFORE,
        Group.REMINDER,
        _("The day before"),
        ABOUT,
        SUBJECT,
        BODY,
        FIELDS,
        (Timing("hours", _("Hours before"), (24,), 2, LONGEST),),
        for_hand=True,
    ),
    Kind(
        SAME_DAY,
        Group.REMINDER,
        _("On the day"),
        ABOUT,
        SUBJECT,
        BODY,
        FIELDS,
        (Timing("hours", _("Hours before"), (3,), 1, 23),),
        is_on=False,
    ),
)
