"""The liability report on paper: what is owed, why it changed, its shares, and the packages where they are few."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language

from billing import pdf
from clinic.messages.enclosures import Enclosure
from clinic.models import Clinic, ClinicSettings
from clinic.tenancy.context import current_clinic_id
from packages.liability import Liability, liability
from packages.liability_charts import ageing_chart, changes_chart, over_time_chart
from packages.liability_shares import By, ageing, shares
from packages.liability_tables import ageing_table, changes_table, over_time_table, share_table
from packages.months import closed_through, over_time
from packages.roll_forward import roll_forward

# More are no use on paper: they are in the files.
MOST_PACKAGES = 200


def liability_pdf(clinic: Clinic, *, first: date, day: date, at: datetime) -> bytes:
    """The report at the end of `day`, with the roll-forward from `first`, made at that moment; in the active language.

    Raises billing.pdf.NoPdf where Pango is missing.
    """
    return pdf.pdf_of(liability_html(clinic, first=first, day=day, at=at), paper="a4")


def enclosed(key: str, at: datetime) -> Enclosure | None:
    """The report of the month that ends on the day `key`, for the letter to the owner; nothing without a PDF."""
    last = date.fromisoformat(key)
    clinic = Clinic.objects.get(pk=current_clinic_id())
    language = clinic.reading(ClinicSettings.objects.values_list("language", flat=True).get())
    try:
        with translation.override(language):
            content = liability_pdf(clinic, first=last.replace(day=1), day=last, at=at)
    except pdf.NoPdf:
        return None
    return Enclosure(f"liability-{last}.pdf", content)


def liability_html(clinic: Clinic, *, first: date, day: date, at: datetime) -> str:
    """The page that becomes the PDF, or is printed where none can be made."""
    settings = ClinicSettings.objects.get()
    local = clinic.local(at)
    context = {
        "clinic": clinic,
        "name": settings.legal_name or clinic.name,
        "settings": settings,
        "language": (get_language() or "en")[:2],
        "day": day,
        "closed_through": closed_through(),
        "made_on": local.date(),
        "made_at": f"{local:%H:%M}",
        **_figures(clinic, first, day),
    }
    return render_to_string("desk/liability_pdf.html", context)


def _figures(clinic: Clinic, first: date, day: date) -> dict[str, Any]:
    currency = clinic.currency
    report, why = liability(day), roll_forward(first, day)
    points, bands = over_time(day), ageing(day)
    return {
        "report": report,
        "why": why,
        "over_time": over_time_chart(points, currency),
        "over_time_table": over_time_table(points, clinic),
        "changes": changes_chart(why, currency),
        "changes_table": changes_table(why, clinic),
        "ageing": ageing_chart(bands, currency),
        "ageing_table": ageing_table(bands, currency),
        "shares": [share_table(str(by.label), shares(day, by), currency) for by in By],
        "packages": _packages(report),
    }


def _packages(report: Liability) -> Any:
    return report.rows if report.count <= MOST_PACKAGES else ()
