"""How fast bills become PDF, as ratios to WeasyPrint alone: everything in one run, interleaved, medians.

    .venv/bin/python bench/pdf.py [--clinic asha] [--rounds 5] [--run 200]

It reads bills of a clinic in the database of DATABASE_URL and writes nothing.
WeasyPrint alone means tuned as a good program would call it: one fetcher, one font configuration, parsed style sheets,
no garbage collection, on HTML that is there already.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    import django

    django.setup()

from billing import pdf
from billing.models import Bill
from billing.papers import PAPERS
from billing.print_runs import BILLS_IN_A_PART
from billing.rendering import bill_html
from billing.stitching import stitch

Work = Callable[[], object]
ENGLISH = "en-in"
COLD = "import sys, time; began = time.perf_counter(); from billing import pdf; pdf.pdf_of(sys.stdin.read());"
COLD += " print(time.perf_counter() - began)"


class Alone:
    """WeasyPrint without us, tuned."""

    def __init__(self) -> None:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher

        self.html, self.fetcher, self.fonts = weasyprint.HTML, URLFetcher(), FontConfiguration()
        common = [pdf.FONTS / "fonts.css", pdf._static("bill.css"), pdf._static("statement.css")]
        own = {"roll": [pdf._static("bill-roll.css"), pdf._static("roll-page.css")]}
        self.sheets = {
            paper: [
                weasyprint.CSS(filename=path, url_fetcher=self.fetcher, font_config=self.fonts)
                for path in [*common, *own.get(paper, [pdf._static(f"bill-{paper}.css")])]
            ]
            for paper in PAPERS
        }

    def pdf(self, html: str, paper: str) -> bytes:
        gc.disable()
        try:
            page = self.html(string=html, base_url=pdf.FONTS.as_uri(), url_fetcher=self.fetcher)
            return bytes(page.write_pdf(stylesheets=self.sheets[paper], font_config=self.fonts))
        finally:
            gc.enable()


def interleaved(
    works: dict[str, Work], *, rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Seconds of each, one after the other in every round, so that a busy moment hits all of them."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            began = clock()
            work()
            took[name].append(clock() - began)
    return took


def ratio(took: dict[str, list[float]], name: str, to: str) -> float:
    """The median of the rounds' own ratios."""
    return statistics.median(a / b for a, b in zip(took[name], took[to], strict=True))


def single_ratio(
    bills: Sequence[Bill], paper: str, *, rounds: int, alone: Alone
) -> tuple[float, float, float]:
    """bill_pdf to WeasyPrint alone on the same HTML, and the medians of both for one bill in seconds of CPU."""
    htmls = [bill_html(bill, language=ENGLISH, at=bill.issued_at) for bill in bills]
    works: dict[str, Work] = {
        "ours": lambda: [
            pdf.bill_pdf(bill, language=ENGLISH, at=bill.issued_at, paper=paper) for bill in bills
        ],
        "alone": lambda: [alone.pdf(html, paper) for html in htmls],
    }
    for work in works.values():
        work()
    took = interleaved(works, rounds=rounds)
    ours, theirs = (statistics.median(took[name]) / len(bills) for name in works)
    return ratio(took, "ours", "alone"), ours, theirs


def run_ratio(bills: Sequence[Bill], *, rounds: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """All bills as one file, in the parts of a print run and stitched, to as many single ones."""
    parts = [bills[start : start + BILLS_IN_A_PART] for start in range(0, len(bills), BILLS_IN_A_PART)]
    works: dict[str, Work] = {
        "single": lambda: [pdf.bill_pdf(bill, language=ENGLISH, at=bill.issued_at) for bill in bills],
        "run": lambda: stitch(
            [pdf.bills_pdf(part, language=ENGLISH, at=part[0].issued_at) for part in parts]
        ),
    }
    return ratio(interleaved(works, rounds=rounds, clock=clock), "run", "single")


def cold_seconds(bill: Bill) -> float:
    """The first bill of a fresh process that has set Django up, libraries and fonts included."""
    setup = "import os, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'clinic.settings'); django.setup();"
    html = bill_html(bill, language=ENGLISH, at=bill.issued_at)
    here = Path(__file__).resolve().parent.parent
    answer = subprocess.run(
        [sys.executable, "-c", setup + COLD], input=html, capture_output=True, text=True, check=True, cwd=here
    )
    return float(answer.stdout)


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--clinic", default="asha")
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--run", type=int, default=200, help="bills of the print run; 0 leaves it out")
    options = asked.parse_args()
    from clinic.commands import chosen
    from clinic.tenancy.context import clinic_context

    with clinic_context(chosen(options.clinic)[0].pk):
        kinds = [Bill.objects.filter(kind=kind).first() for kind in ("bill", "receipt", "correction")]
        recent = list(Bill.objects.order_by("-issued_at")[: options.run or 1])
    bills = [bill for bill in kinds if bill]
    if not bills:
        sys.exit("This clinic has no bills: script/server makes a demonstration clinic with some.")
    pdf.warm_up()
    alone = Alone()
    for paper in PAPERS:
        ours_to_alone, ours, theirs = single_ratio(bills, paper, rounds=options.rounds, alone=alone)
        print(
            f"{paper:5} warm  {ours * 1000:7.1f} ms  alone {theirs * 1000:7.1f} ms  ratio {ours_to_alone:5.2f}"
        )
    print(f"a5    cold  {cold_seconds(bills[0]) * 1000:7.0f} ms")
    if options.run:
        many = list(islice(cycle(recent), options.run))
        for name, clock in (("seconds", time.perf_counter), ("CPU", cpu_seconds)):
            found = run_ratio(many, rounds=max(1, options.rounds // 3), clock=clock)
            print(f"{options.run} bills as one file to {options.run} single ones, {name}: {found:.2f}")


def cpu_seconds() -> float:
    """Of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
