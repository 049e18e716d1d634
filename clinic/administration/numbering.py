"""Whether the financial year may still begin in another month, so that no printed number is given out twice."""

from __future__ import annotations

from datetime import date

from django.apps import apps

from clinic.calendar import FinancialYear, financial_year


def year_in_use(*, on: date, month: int, was: int) -> str:
    """The label of a financial year whose bills stand in the way of another first month, or nothing.

    A number names its year by the label alone. Years of 2026 that begin in April and in July are both 26-27, and
    each would count from 1: so a year that has bills keeps its month, and no later year may bear its label again.
    """
    current, next_one = financial_year(on, was), financial_year(on, month)
    for start in sorted(_series().values_list("financial_year", flat=True).distinct()):
        numbered = financial_year(start, start.month)
        if numbered == current or (start >= _january(next_one) and _bears_its_label(numbered, month)):
            return numbered.short_label
    return ""


def _series():  # type: ignore[no-untyped-def]  # a queryset
    # Bills are built on clinics and not the other way round: nothing here imports them.
    return apps.get_model("billing", "NumberSeries").objects


def _january(year: FinancialYear) -> date:
    return year.start.replace(month=1, day=1)


def _bears_its_label(numbered: FinancialYear, month: int) -> bool:
    again = financial_year(numbered.start.replace(month=month), month)
    return again != numbered and again.label == numbered.label
