from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from billing.instalment_states import put_schedules
from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import new_key
from clinic.models import Patient
from clinic.phones import display_phone
from desk.merging import with_merges
from desk.message_story import Shown
from desk.patient_file import correspondence_of, open_file


def patient_file(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """One patient: balances, visits, bills, what is owed, and everything that is done from there."""
    patient = get_object_or_404(with_merges(Patient.objects.all()), pk=patient_id)
    if patient.merged_into_id:
        return redirect("desk:patient_file", request.clinic.slug, patient.merged_into_id)
    file = open_file(patient, request.clinic)
    put_schedules(file.owed, clinic=request.clinic, on=request.clinic.today())
    merges: list[dict[str, Any]] = patient.merges  # type: ignore[attr-defined]
    context = {
        "patient": patient,
        "phones": [display_phone(phone, request.clinic.country) for phone in patient.phones],
        "file": file,
        "may_sell": may(request.staff, "sell_package"),
        "may_book": may(request.staff, "book_visit"),
        "may_pay": may(request.staff, "take_payment"),
        "merges": [one | {"at": datetime.fromisoformat(one["at"])} for one in merges],
        "may_merge": may(request.staff, "merge_patients"),
        "may_edit": may(request.staff, "edit_patient"),
        "may_state": may(request.staff, "issue_statement"),
        "may_see_bills": may(request.staff, "see_bills"),
    }
    if may(request.staff, "see_messages"):
        sent = correspondence_of(patient)
        context |= {"sent": sent, "shown": [Shown(each) for each in sent.messages], "key": new_key()}
    return render(request, "desk/patient_file.html", context)
