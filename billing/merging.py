"""Bills, payments and statements of a patient whose record is merged into another (S17)."""

from __future__ import annotations

from clinic.models import Patient
from clinic.patients.merging import follow

from .models import Bill, Payment, PaymentLink, Statement


def merge(gone: Patient, kept: Patient) -> dict[str, list[str]]:
    """Bills, payments, statements and payment links are the kept patient's. What was printed names who it named.

    The database lets nothing but the patient change, and only to whom the record was merged into; no amount moves.
    """
    return {
        "bills": follow(Bill.objects.filter(patient=gone), kept),
        "payments": follow(Payment.objects.filter(patient=gone), kept),
        "statements": follow(Statement.objects.filter(patient=gone), kept),
        "payment_links": follow(PaymentLink.objects.filter(patient=gone), kept),
    }
