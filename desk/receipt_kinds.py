"""The kinds of receipts: what was bought, used, paid, given back or corrected. All their figures come from the frozen
bill."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from clinic.messages.kinds import Field, Group, Kind, register

PURCHASE, DEDUCTION, BILL = "receipt.purchase", "receipt.deduction", "receipt.bill"
PAYMENT, REFUND, CORRECTION = "receipt.payment", "receipt.refund", "receipt.correction"

WHAT = Field(
    "what", _("What happened, as a sentence"), _("Session 6 of 10 on 10 Mar 2026 with Dr Anand Iyer.")
)
BALANCE = Field("balance", _("What is left, as a sentence"), _("4 left, valid to 9 Jun 2026."))
SUMS = Field("sums", _("Total, paid and due, as a sentence"), _("Total ₹10,000.00, paid ₹10,000.00."))
PAPER = Field("bill", _("Kind and number of the paper"), _("Receipt R-42"))
DAY = Field("day", _("Day"), _("10 Mar 2026"))
THERAPIST = Field("therapist", _("Therapist"), "Dr Anand Iyer")
SESSION = Field("session", _("Which session it was"), "6")
SOLD = Field("sold", _("Sessions bought"), "10")
LEFT = Field("left", _("Sessions left"), "4")
VALID_UNTIL = Field("valid_until", _("Last valid day"), _("9 Jun 2026"))
TOTAL = Field("total", _("Total"), "₹10,000.00")
PAID = Field("paid", _("Paid"), "₹4,000.00")
DUE = Field("due", _("Still to pay"), "₹6,000.00")
AMOUNT = Field("amount", _("Amount"), "₹4,000.00")
ANSWER = Field(
    "answer_link",
    _("Link to the page that asks whether the visit was right"),
    "https://…/p/asha/…/visits/…/answers/",
)

MONEY = (SUMS, TOTAL, PAID, DUE)
PACK = (SOLD, LEFT, VALID_UNTIL)
SUBJECT = _("{clinic}: {bill}")
PLAIN = _(
    "Hello {first_name},\n\n{what}\n{bill}.\n\nYour sessions and bills: {link}\n{clinic}\nPhone {phone}"
)
WITH_SUMS = _(
    "Hello {first_name},\n\n{what}\n{sums}\n{bill}.\n\nYour sessions and bills: {link}\n{clinic}\nPhone {phone}"
)
WITH_BALANCE = _(
    "Hello {first_name},\n\n{what}\n{balance}\n{bill}.\n\nYour sessions and bills: {link}\n{clinic}\nPhone {phone}"
)

register(
    Kind(
        PURCHASE,
        Group.RECEIPT,
        _("Package bought"),
        _("When a package is sold: what was bought, until when it is valid, what was paid."),
        SUBJECT,
        WITH_SUMS,
        (
            WHAT._replace(example=_("10 sessions bought, valid to 9 Jun 2026.")),
            *PACK,
            *MONEY,
            PAPER._replace(example=_("Bill B-42")),
            DAY,
        ),
    ),
    Kind(
        DEDUCTION,
        Group.RECEIPT,
        _("Session used"),
        _("After every completed visit that used a package, with the question whether it is right."),
        SUBJECT,
        _(
            "Hello {first_name},\n\n{what}\n{balance}\n{sums}\n{bill}.\n\nIs this right? {answer_link}\n\n{clinic}\n"
            "Phone {phone}"
        ),
        (
            WHAT,
            BALANCE,
            *PACK,
            SESSION,
            DAY,
            THERAPIST,
            SUMS._replace(example=""),  # nothing is asked for beside the session
            *MONEY[1:],
            PAPER,
            ANSWER,
        ),
    ),
    Kind(
        BILL,
        Group.RECEIPT,
        _("Bill"),
        _("A visit that is paid singly, goods, a fee: whatever is billed and is no package."),
        SUBJECT,
        WITH_SUMS,
        (WHAT._replace(example=_("Visit on 10 Mar 2026 with Dr Anand Iyer.")), *MONEY, PAPER, DAY, THERAPIST),
    ),
    Kind(
        PAYMENT,
        Group.RECEIPT,
        _("Payment received"),
        _("When money is taken for something that was billed before."),
        SUBJECT,
        PLAIN,
        (WHAT._replace(example=_("₹4,000.00 was received from you on 10 Mar 2026.")), AMOUNT, PAPER, DAY),
    ),
    Kind(
        REFUND,
        Group.RECEIPT,
        _("Refund or credit note"),
        _("When money is handed back or a bill is taken back."),
        SUBJECT,
        PLAIN,
        (
            WHAT._replace(example=_("₹4,000.00 was handed back to you on 10 Mar 2026.")),
            AMOUNT,
            PAPER._replace(example=_("Refund note RF-7")),
            DAY,
        ),
    ),
    Kind(
        CORRECTION,
        Group.RECEIPT,
        _("Correction"),
        _("When a receipt that was sent no longer counts."),
        SUBJECT,
        WITH_BALANCE,
        (
            WHAT._replace(example=_("A correction: R-42 no longer counts.")),
            BALANCE._replace(example=_("5 left, valid to 9 Jun 2026.")),
            *PACK,
            PAPER._replace(example=_("Correction note C-3")),
            DAY,
        ),
    ),
)
