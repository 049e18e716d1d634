"""Documents that are no bills, on the papers that bills are printed on."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone, translation
from pypdf import PdfReader

from billing.papers import PAPERS
from clinic.models import Clinic
from desk.dispute_case import JOINED, open_case
from desk.explanation.statement import statement_of_patient
from desk.explanation.statement_sheet import page_html, sheet
from tests.billing.papers import size_in_mm, sticking_out, text_of
from tests.factories import PatientFactory, complete, owner_of, package, reopen, use, visit
from visits.disputes import open_dispute
from visits.models import Dispute

SIZES = {"": (210, 297), "a5": (148, 210), "a4": (210, 297)}
LONG_NAME = "श्रीमती लक्ष्मीबाई वेंकटरामन कृष्णमूर्ति सुब्रह्मण्यम अय्यर"

# What docs/papers.md promises: every class of it once, with more text than fits in a line.
SAMPLE = """<html lang="en"><body><article class="bill">
<table class="bill-two bill-head"><tr><td><p class="bill-clinic">{long}</p><p>{long}</p></td>
<td class="bill-number"><h1 class="bill-title">Receipt</h1><p class="bill-name">M/26-27/000001</p></td></tr></table>
<table class="bill-facts"><tr><th>Received from</th><td>{long}</td></tr><tr><th>{long}</th><td>1</td></tr></table>
<div class="bill-note"><p class="bill-sentence">{long}</p></div>
<table class="bill-lines"><thead><tr><th>For</th><th class="bill-quantity">Qty</th><th class="bill-figure">Rate</th>
<th class="bill-reference">Reference</th><th class="bill-figure bill-amount">Amount</th></tr></thead>
<tbody><tr><td>{long} <span class="bill-line-note">{long}</span></td><td class="bill-quantity" data-label="Qty">2</td>
<td class="bill-figure" data-label="Rate">12,345.00</td><td class="bill-reference">{word}</td>
<td class="bill-figure bill-amount">1,23,456.50</td></tr></tbody></table>
<p class="bill-words">{long}</p>
<table class="bill-sums"><tr class="bill-total"><th>Total</th><td>1,23,456.50</td></tr></table>
<section class="bill-terms"><h2 class="bill-terms-title">Terms</h2><p><b>One.</b> {long}</p></section>
<div class="bill-foot"><p>{long}</p></div>
</article></body></html>""".format(
    long="Asha Physiotherapy and Rehabilitation " * 4, word="UTR" + "0123456789" * 5
)


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def case(clinic: Clinic) -> Dispute:
    seen = use(clinic, package(clinic, PatientFactory(name=LONG_NAME)), 3)[-1].visit
    facts = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4()}
    return open_dispute(seen, clinic=clinic, words="I was in Pune that day. " * 9, **facts)


@pytest.mark.parametrize("paper", PAPERS)
def test_the_classes_of_documents_fit_every_paper(paper: str) -> None:
    assert sticking_out(SAMPLE, paper) == []


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("language", ["en-in", "hi"])
def test_nothing_sticks_out_of_a_statement(asha: Clinic, paper: str, language: str) -> None:
    pack = package(asha, PatientFactory(name=LONG_NAME))
    use(asha, pack, 2)
    reopen(asha, complete(asha, visit(asha, pack.patient)).visit)

    drawn = sheet(lambda: statement_of_patient(pack.patient, clinic=asha), language)

    assert sticking_out(page_html(drawn, language), paper) == []


@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_sticks_out_of_a_case(asha: Clinic, paper: str) -> None:
    about = Dispute.objects.select_related(*JOINED).get(pk=case(asha).pk)
    opened = open_case(about, clinic=asha, at=timezone.now())
    with translation.override("hi"):
        facts = {"case": opened, "clinic": asha, "language": "hi"}
        html = render_to_string("desk/dispute_paper.html", facts)

    assert sticking_out(html, paper) == []


@pytest.mark.parametrize("paper", SIZES)
def test_statements_and_cases_are_printed_on_the_paper_that_is_asked_for(
    asha: Clinic, owner: Client, paper: str
) -> None:
    about = case(asha)
    package_id, patient_id = about.visit.package_id, about.visit.patient_id

    for address in (
        f"packages/{package_id}/statement.pdf",
        f"patients/{patient_id}/statement.pdf",
        f"disputes/{about.pk}.pdf",
    ):
        file = owner.get(f"/asha/{address}", {"paper": paper} if paper else {}).content
        assert size_in_mm(PdfReader(BytesIO(file))) == SIZES[paper], address


def test_a_statement_on_the_roll_names_its_figures(asha: Clinic, owner: Client) -> None:
    pack = package(asha)
    use(asha, pack, 1)

    file = owner.get(f"/asha/packages/{pack.pk}/statement.pdf?paper=roll").content

    pages = PdfReader(BytesIO(file))
    assert size_in_mm(pages)[0] == 80
    assert len(pages.pages) == 1
    assert "Left 9" in text_of(pages)
