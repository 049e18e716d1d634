"""What is owed now as a UPI code, on a page that the desk turns to the patient."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.models import Bill, BillLine
from billing.payments import owed_lines
from clinic.http import ClinicRequest
from clinic.models import Patient

from ..upi_code import code_for


@require_safe
def patient_upi(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """All that a patient owes."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    return _page(request, patient, owed_lines(patient))


@require_safe
def bill_upi(request: ClinicRequest, bill_id: UUID) -> HttpResponse:
    """What is still to pay on one bill."""
    bill = get_object_or_404(Bill.objects.select_related("patient").defer("document"), pk=bill_id)
    lines = [line for line in owed_lines(bill.patient) if line.bill_id == bill.pk]
    return _page(request, bill.patient, lines, bill=bill)


def _page(
    request: ClinicRequest, patient: Patient, lines: list[BillLine], *, bill: Bill | None = None
) -> HttpResponse:
    code = code_for(lines, clinic=request.clinic, else_note=_("Patient %(n)s") % {"n": patient.number})
    context = {"patient": patient, "bill": bill, "code": code, "at": request.clinic.local(timezone.now())}
    return render(request, "desk/online/upi_code.html", context)
