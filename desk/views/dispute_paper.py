"""The paper of a case, to be handed over or filed."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing import pdf
from billing.papers import A4, paper_of
from clinic.http import ClinicRequest
from visits.models import Dispute

from ..dispute_case import JOINED, open_case


@require_safe
def dispute_pdf(request: ClinicRequest, dispute_id: UUID) -> HttpResponse:
    """Terms, passbook, visit, messages, answers, thread and decision as PDF; as a page where none can be made."""
    about = get_object_or_404(Dispute.objects.select_related(*JOINED), pk=dispute_id)
    case = open_case(about, clinic=request.clinic, at=timezone.now())
    html = render_to_string(
        "desk/dispute_paper.html", {"case": case, "clinic": request.clinic, "language": request.LANGUAGE_CODE}
    )
    paper = paper_of(request.GET.get("paper", ""), usual=A4)
    try:
        response = HttpResponse(pdf.pdf_of(html, paper=paper), content_type="application/pdf")
    except pdf.NoPdf:
        return HttpResponse(html)
    response.headers["Content-Disposition"] = f'inline; filename="case-{about.number}.pdf"'
    return response
