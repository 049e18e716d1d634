"""What the design page shows: a believable morning at a made-up clinic."""

from datetime import date, time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.forms import DateField, KeyedForm, MoneyField, PhoneInput, SessionsField, TimeField
from clinic.signatures import SignatureField

Row = dict[str, Any]
MAY = date(2027, 5, 31)
A_KEY = "0192f0c1-5b7e-7c3e-9c57-2b1f6f0f7a12"


class SaleForm(KeyedForm):
    """A form with every kind of field."""

    patient = forms.CharField(label="Patient", max_length=80)
    phone = forms.CharField(
        label="Phone", widget=PhoneInput, help_text="Any notation: 98200 12345 or +91 98200 12345."
    )
    price = MoneyField(label="Price", help_text="What the patient pays for the whole pack.")
    sessions = SessionsField(label="Sessions", required=False)
    starts_on = DateField(label="Valid from")
    at = TimeField(label="First visit at", required=False)
    service = forms.ChoiceField(
        label="Service", choices=[("p", "Physiotherapy 45 min"), ("s", "Sports rehab 60 min")]
    )
    method = forms.ChoiceField(
        label="Paid by",
        widget=forms.RadioSelect,
        choices=[("cash", "Cash"), ("upi", "UPI"), ("card", "Card")],
    )
    here_now = forms.BooleanField(label="The patient is here for a session today", required=False)
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 2}), required=False)


class SigningForm(forms.Form):
    """The pad for a signature."""

    signature = SignatureField(label="Signature")


SIGNATURE = "M40 80 L70 30 L92 86 L120 52 L150 84 L196 40 L228 80 L290 62 L352 76"
# As visits.answers tells them: to the desk, and to the patient.
ANSWERS = [
    {"tone": "good", "icon": "check", "words": "Patient: right, 4 Mar 2027, signed"},
    {"tone": "", "icon": "", "words": "Not answered yet"},
    {"tone": "note", "icon": "clock", "words": "No answer within 48 h"},
    {
        "tone": "warn",
        "icon": "",
        "words": "Patient: not right. Case 1, to be decided by 11 Mar 2027",
        "words_to_patient": "You said: not right. Case 1, to be decided by 11 Mar 2027",
    },
]


def balance(left: str, sold: int, state: str = "active", valid_until: date | None = MAY) -> Row:
    remaining = Decimal(left)
    used = sold - remaining if remaining or state == "active" else Decimal(3)
    return {"left": remaining, "used": used, "sold": sold, "state": state, "valid_until": valid_until}


BALANCES = [
    ("plenty", balance("4.0", 10)),
    ("half a session used", balance("7.5", 10)),
    ("nearly used up", balance("2.0", 12)),
    ("used up", balance("0.0", 10)),
    ("untouched", balance("24.0", 24)),
    ("more than 24", balance("31.5", 50)),
    ("expired", balance("3.0", 10, "expired", date(2026, 10, 31))),
    ("frozen", balance("6.0", 8, "frozen")),
    ("awaiting payment", balance("10.0", 10, "pending_payment")),
    ("suspended", balance("8.0", 10, "suspended")),
    ("refunded", balance("0.0", 10, "refunded", None)),
    ("void", balance("0.0", 5, "void", None)),
]


def visit(number: int, clock: str, name: str, detail: str, **more: Any) -> Row:
    return {
        "id": number,
        "time": time.fromisoformat(clock),
        "minutes": 45,
        "name": name,
        "detail": detail,
        "url": "#",
        "actions": "ui/visit_acts.html",
        "without": "No package, pays per visit",
        **more,
    }


def visits() -> list[Row]:
    done = {"text": "Done", "tone": "good", "icon": "check"}
    due = {"text": "₹1,200 due", "tone": "warn", "icon": "circle-alert"}
    here = {"text": "Here since 09:22", "tone": "note", "icon": "door-open"}
    walk_in = {"text": "Walk-in", "tone": "", "icon": "footprints"}
    no_show = {"text": "Did not come", "tone": "bad", "icon": "user-x"}
    return [
        visit(
            1,
            "09:00",
            "Lakshmi Krishnamurthy",
            "Physiotherapy · Dr Anand",
            tone="done",
            marks=[done],
            balance=balance("3", 10, valid_until=None),
            just_done=True,
        ),
        visit(
            2,
            "09:30",
            "Rohan Desai",
            "Sports rehab · Dr Priya",
            tone="now",
            marks=[here],
            balance=balance("1", 12, valid_until=None),
        ),
        visit(
            3,
            "09:45",
            "आशा वर्मा",
            "Physiotherapy · Dr Anand",
            marks=[due],
            balance=balance("0", 10, valid_until=None),
        ),
        visit(
            4,
            "10:15",
            "Fatima Sheikh",
            "Neuro rehab · Dr Priya",
            tone="ended",
            marks=[no_show],
            balance=balance("17", 20, valid_until=None),
        ),
        visit(
            5,
            "10:30",
            "Thomas Mathew Kuriakose Puthenpurackal",
            "Post-operative knee · Dr Anand",
            marks=[walk_in],
            balance=balance("7.5", 10, valid_until=None),
        ),
        visit(6, "11:00", "Gurpreet Singh", "Physiotherapy · Dr Kavya"),
    ]


def passbook() -> list[Row]:
    line = {"who": "Sunita (front desk)", "visit_url": "#", "bill_url": "#", "at": time(10, 31)}
    return [
        {
            "number": 1,
            "on": date(2027, 3, 1),
            "label": "Sold",
            "sentence": "10 sessions of Physiotherapy 45 min for ₹8,000",
            "sessions": Decimal(10),
            "after": Decimal(10),
            "who": "Sunita (front desk)",
            "bill_url": "#",
            "bill_label": "bill 214",
        },
        {
            "number": 2,
            "on": date(2027, 3, 4),
            "label": "Used",
            "sentence": "Visit with Dr Anand, 45 min",
            "sessions": Decimal(-1),
            "after": Decimal(9),
            "taken_back": True,
            **line,
        },
        {
            "number": 3,
            "on": date(2027, 3, 4),
            "label": "Given back",
            "sentence": "Takes back line 2: wrong patient was marked",
            "sessions": Decimal(1),
            "after": Decimal(10),
            "who": "Dr Anand",
            "at": time(10, 44),
        },
        {
            "number": 4,
            "on": date(2027, 3, 11),
            "label": "Used in part",
            "sentence": "Cancelled late, counts half (clause 4)",
            "sessions": Decimal("-0.5"),
            "after": Decimal("9.5"),
            **line,
        },
    ]


def table() -> Row:
    def row(name: str, plan: str, left: str, value: str) -> list[Row]:
        return [
            {"text": name, "head": True, "url": "#"},
            {"text": plan, "label": "Package"},
            {"text": left, "number": True, "label": "Left"},
            {"text": value, "number": True, "label": "Value"},
        ]

    return {
        "caption": "Packages with sessions left",
        "heads": [
            {"label": "Patient"},
            {"label": "Package"},
            {"label": "Left", "number": True},
            {"label": "Value", "number": True},
        ],
        "rows": [
            row("आशा वर्मा", "10 × Physiotherapy", "4", "₹3,200"),
            row("Rohan Desai", "12 × Sports rehab", "1", "₹1,150"),
            row("Fatima Sheikh", "20 × Neuro rehab", "17", "₹1,23,250"),
        ],
        "foot": [
            {"text": "3 packages"},
            {"text": ""},
            {"text": "22", "number": True, "label": "Left"},
            {"text": "₹1,27,600", "number": True, "label": "Value"},
        ],
    }


def shell() -> Row:
    items = [
        ("Today", "calendar-days", "t"),
        ("Patients", "users", ""),
        ("Packages", "package", ""),
        ("Bills", "receipt-indian-rupee", ""),
        ("Reports", "chart-column", ""),
        ("Plans", "ticket", ""),
        ("Settings", "settings", ""),
    ]
    return {
        "clinic": SimpleNamespace(name="Asha Physiotherapy", currency="INR"),
        "staff": SimpleNamespace(name="Sunita Rao", get_role_display=_("Front desk")),
        "nav": [
            {"label": label, "icon": icon, "key": key, "url": "#", "current": label == "Today"}
            for label, icon, key in items
        ],
        "clinics_of_user": [
            {"name": "Asha Physiotherapy", "url": "#", "current": True},
            {"name": "Lotus Rehab, Pune", "url": "#", "current": False},
        ],
        "shell": {"find_url": reverse("ui_find"), "book_url": "#", "account_url": "#"},
    }


def page() -> Any:
    return Paginator(range(95), 20).page(2)


FOUND = [
    {"id": 1, "url": "#", "name": "आशा वर्मा", "detail": "98200 12345 · no. 31", "left": Decimal(4)},
    {"id": 2, "url": "#", "name": "Asha Verma", "detail": "98200 54321 · no. 112", "left": None},
    {
        "id": 3,
        "url": "#",
        "name": "Varsha Ashtekar",
        "detail": "+91 22 2345 6789 · no. 7",
        "left": Decimal("7.5"),
    },
]
