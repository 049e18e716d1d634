"""The kinds of letters that are no receipts: what an absence came to, how a dispute was decided, money to pay."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from clinic.messages.kinds import Field, Group, Kind, Timing, register

from .receipt_kinds import AMOUNT, ANSWER, BALANCE, DAY

ABSENCE, GIVEN_BACK, DISPUTE = "letter.absence", "letter.given_back", "letter.dispute"
PAYMENT_LINK = "money.payment_link"
BEFORE, DUE, AFTER = "money.instalment_before", "money.instalment_due", "money.instalment_after"
INSTALMENTS = (BEFORE, DUE, AFTER)

WHAT = Field("what", _("What happened, as a sentence"), _("You cancelled the visit of 10 Mar 2026 late."))
TOOK = Field(
    "took",
    _("What it took, as a sentence"),
    _("By the terms of your package: 1 session was taken: 9 left."),
)
BILL = Field("bill", _("Number of the bill"), "42")
DUE_ON = Field("day", _("Day on which it is due"), _("11 March 2026"))
ADDRESS = Field("address", _("Address to pay at"), "https://…", is_needed=True)
FOOT = "\n\n{clinic}\n"

register(
    Kind(
        ABSENCE,
        Group.RECEIPT,
        _("Visit cancelled late or missed"),
        _("When a visit that did not take place used a free pass or took a session or a fee."),
        _("{clinic}: your visit of {day}"),
        _(
            "Hello {first_name},\n\n{what}\n{took}\nIf this is not right, please tell us.\n"
            "Or answer here: {answer_link}\n\n{clinic}\nPhone {phone}"
        ),
        (WHAT, TOOK, DAY, ANSWER),
        for_hand=True,
    ),
    Kind(
        GIVEN_BACK,
        Group.RECEIPT,
        _("Visit given back"),
        _("When what a cancelled or missed visit took was given back after the patient had been told of it."),
        _("{clinic}: your visit of {day}"),
        _("Hello {first_name},\n\n{what}\n{balance}\n\nYour sessions: {link}\n{clinic}\nPhone {phone}"),
        (
            WHAT._replace(example=_("The visit of 10 Mar 2026 costs you nothing after all.")),
            BALANCE._replace(example=_("You have 10 left.")),
            DAY,
        ),
        for_hand=True,
    ),
    Kind(
        DISPUTE,
        Group.RECEIPT,
        _("Dispute decided"),
        _("When the owner has decided about a session that the patient said was not right."),
        _("{clinic}: decided, case {number}"),
        _(
            "Hello {first_name},\n\n{what}\nReason: {reason}\n{balance}\n\nYour sessions: {link}\n{clinic}\n"
            "Phone {phone}"
        ),
        (
            Field("number", _("Number of the case"), "7"),
            WHAT._replace(
                example=_(
                    "You told us that the session of 10 Mar 2026 was not right. We looked into it and gave it back."
                )
            ),
            Field("reason", _("Reason"), _("The patient was away.")),
            BALANCE._replace(example=_("5 left on your package.")),
            DAY,
        ),
        for_hand=True,
    ),
    Kind(
        BEFORE,
        Group.MONEY,
        _("Instalment coming"),
        _("Some days before an instalment is due."),
        _("{clinic}: {amount} is due on {day}"),
        _(
            "Hello {first_name},\n\nYour instalment for bill {bill}: {amount} is due on {day}.\nIf you have paid "
            "already, thank you: there is nothing to do.\n\n{clinic}\nPhone {phone}"
        ),
        (AMOUNT, DUE_ON, BILL),
        (Timing("days", _("Days before"), (3,), 1, 30),),
        for_hand=True,
    ),
    Kind(
        DUE,
        Group.MONEY,
        _("Instalment due today"),
        _("On the day on which an instalment is due."),
        _("{clinic}: {amount} is due today"),
        _(
            "Hello {first_name},\n\nYour instalment for bill {bill}: {amount} is due today.\nIf you have paid already, "
            "thank you: there is nothing to do.\n\n{clinic}\nPhone {phone}"
        ),
        (AMOUNT, DUE_ON, BILL),
        for_hand=True,
    ),
    Kind(
        AFTER,
        Group.MONEY,
        _("Instalment overdue"),
        _("Some days after an instalment was due and was not paid."),
        _("{clinic}: {amount} was due on {day}"),
        _(
            "Hello {first_name},\n\nYour instalment for bill {bill}: {amount} was due on {day}.\nIf you have paid "
            "already, thank you: there is nothing to do.\n\n{clinic}\nPhone {phone}"
        ),
        (AMOUNT, DUE_ON, BILL),
        (Timing("days", _("Days after"), (3,), 1, 30),),
        for_hand=True,
    ),
    Kind(
        PAYMENT_LINK,
        Group.MONEY,
        _("Payment link"),
        _("When somebody sends a link by which the patient can pay."),
        _("{clinic}: pay {amount}"),
        _(
            "Hello {first_name},\n\nYou can pay {amount} for {bills} here: {address}\nWe never ask for a card number "
            "or a PIN ourselves: you pay on the page of our provider.\n\n{clinic}\nPhone {phone}"
        ),
        (AMOUNT, Field("bills", _("Numbers of the bills"), "B-41, B-42"), ADDRESS),
    ),
)
