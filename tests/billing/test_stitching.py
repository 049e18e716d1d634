"""Files of the press, one behind the other."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

from billing import pdf
from billing.stitching import stitch


def file_of(*words: str, paper: str = "a5") -> bytes:
    pages = "".join(f'<p style="break-after: page">{each}</p>' for each in words[:-1])
    square = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><rect width='9' height='9'/></svg>"
    image = f'<img src="data:image/svg+xml,{square}" width="9" height="9">'
    html = f'<html lang="en"><body class="bill">{pages}<p>{words[-1]}</p>{image}</body></html>'
    return pdf._press().pdf_of_many([html], paper)


def read(file: bytes) -> PdfReader:
    return PdfReader(BytesIO(file), strict=True)


def test_the_pages_of_all_files_stand_in_their_order_with_their_words() -> None:
    files = [file_of("first", "second"), file_of("तीसरा ₹ 3", paper="a4"), file_of("fourth", paper="roll")]

    whole = read(stitch(files, title="4 pages"))

    alone = [page for file in files for page in read(file).pages]
    assert [page.extract_text() for page in whole.pages] == [page.extract_text() for page in alone]
    assert [page.mediabox for page in whole.pages] == [page.mediabox for page in alone]
    assert whole.metadata is not None
    assert whole.metadata.title == "4 pages"


def test_every_page_draws_with_the_fonts_of_its_own_file() -> None:
    files = [file_of("Latin only"), file_of("திருமதி"), file_of("શ્રીમતી")]

    pages = read(stitch(files, title="Three")).pages

    fonts = ["".join(sorted(page["/Resources"]["/Font"])) for page in pages]
    assert len(set(fonts)) == len(files)
    for page, file in zip(pages, files, strict=True):
        assert page.get_contents().get_data() == read(file).pages[0].get_contents().get_data()


def test_one_file_alone_stays_what_it_is() -> None:
    file = file_of("only")

    assert read(stitch([file], title="One")).pages[0].extract_text() == read(file).pages[0].extract_text()


def test_a_reference_in_the_words_of_a_page_is_left_alone() -> None:
    """12 0 R on paper is text, in a compressed stream; it names no object."""
    file = file_of("12 0 R and 9999 0 R")

    assert "12 0 R and 9999 0 R" in read(stitch([file, file], title="Two")).pages[1].extract_text()
