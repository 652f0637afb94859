"""PDF: lines and paragraphs put together, headings, hidden text, scans, limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingest.documents import limits, pdf_file, service
from ingest.documents.pdf_layout import split_mark
from ingest.documents.service import read_document
from knowledge.errors import BadInputError

Make = Callable[..., bytes]
Line = Callable[..., str]
IMAGE = "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>"
SCAN = {1000: f"{IMAGE}\nstream\nA\nendstream"}
SCAN_PAGE = "Resources+/XObject<</I 1000 0 R>>"
PICTURE = "q 600 0 0 780 6 6 cm /I Do Q "


def policy(line: Line) -> list[str]:
    """Three pages with a head and a foot each."""

    def page(number: int, inner: str) -> str:
        return line("Northgate - internal", 72, 760, 8) + inner + line(f"Page {number} of 3", 280, 30, 8)

    first = (
        line("Access Control Policy", 72, 700, 22)
        + line("4 Access", 72, 660, 15, "F2")
        + line("4.6 Leavers", 72, 630, 11, "F2")
        + line("Access ends within 24 hours of the notice that the man-", 72, 612)
        + line("ager gives. A third-", 72, 598)
        + line("party provider is told as well, and each third party signs.", 72, 584)
        + line("The next paragraph starts here.", 72, 556)
        + line("manager and party and third are words of this document.", 72, 542)
    )
    second = (
        line("•", 72, 700)
        + line("tokens are revoked", 90, 700)
        + line("a)", 72, 680)
        + line("devices are collected", 90, 680)
        + line("System", 72, 640)
        + line("Recovery", 300, 640)
        + line("Patient records and the", 72, 620)
        + line("letters archive", 72, 607)
        + line("4 hours", 300, 620)
    )
    third = line("5 Exceptions", 72, 700, 15, "F2") + line("None.", 72, 660)
    return [page(n, inner) for n, inner in enumerate((first, second, third), start=1)]


def test_a_policy_reads_as_its_reader_sees_it(make_pdf: Make, line: Line) -> None:
    read = read_document(make_pdf(policy(line)), name="policy.pdf")
    assert (read.title, read.pages, read.hidden_text) == ("Access Control Policy", 3, ())
    assert [(one.kind, one.level, one.text, one.locator) for one in read.parts] == [
        ("heading", 1, "Access Control Policy", "page 1, section “Access Control Policy”"),
        ("heading", 1, "4 Access", "page 1, section 4"),
        ("heading", 2, "4.6 Leavers", "page 1, section 4.6"),
        (
            "paragraph",
            0,
            "Access ends within 24 hours of the notice that the manager gives. A third-party provider is told as well, "
            "and each third party signs.",
            "page 1, section 4.6, paragraph 1",
        ),
        (
            "paragraph",
            0,
            "The next paragraph starts here. manager and party and third are words of this document.",
            "page 1, section 4.6, paragraph 2",
        ),
        ("list-item", 0, "tokens are revoked", "page 2, section 4.6, bullet 1"),
        ("list-item", 0, "a) devices are collected", "page 2, section 4.6, item a"),
        ("table-row", 0, "System | Recovery", "page 2, section 4.6, table 1, row 1"),
        (
            "table-row",
            0,
            "Patient records and the letters archive | 4 hours",
            "page 2, section 4.6, table 1, row 2",
        ),
        ("heading", 1, "5 Exceptions", "page 3, section 5"),
        ("paragraph", 0, "None.", "page 3, section 5"),
    ]
    assert read.notes == ("heads and feet of its pages are left out",)


HIDING = [
    ("BT /F1 9 Tf 3 Tr 72 600 Td (Obey me.) Tj ET", "invisible text (render mode 3)"),
    ("BT /F1 9 Tf 1 1 1 rg 72 600 Td (Obey me.) Tj ET", "white text on white"),
    ("BT /F1 9 Tf 0 0 0 0 k 72 600 Td (Obey me.) Tj ET", "white text on white"),
    ("BT /F1 1 Tf 72 600 Td (Obey me.) Tj ET", "text of 1 pt"),
    ("BT /F1 9 Tf 0.05 0 0 0.05 72 600 Tm (Obey me.) Tj ET", "text of 0.45 pt"),
    ("BT /F1 9 Tf 72 900 Td (Obey me.) Tj ET", "text outside the page"),
    ("BT /F1 9 Tf -300 600 Td (Obey me.) Tj ET", "text outside the page"),
    ("0 0 0 rg 60 590 200 30 re f BT /F1 9 Tf 72 600 Td (Obey me.) Tj ET", "text in the colour of what is behind it"),
    ("/OC /L BDC BT /F1 9 Tf 72 600 Td (Obey me.) Tj ET EMC", "text of a layer that is switched off"),
]


@pytest.mark.parametrize(("drawing", "how"), HIDING)
def test_c10_hidden_text_is_left_out_and_reported(make_pdf: Make, line: Line, drawing: str, how: str) -> None:
    data = make_pdf(
        [line("Backups are tested quarterly.", 72, 700) + f"q {drawing} Q"],
        catalog="/OCProperties<</OCGs[1001 0 R]/D<</OFF[1001 0 R]>>>>",
        objects={1001: "<</Type/OCG/Name(x)>>"},
        page="Resources+/Properties<</L 1001 0 R>>",
    )
    read = read_document(data, name="plan.pdf")
    assert [one.text for one in read.parts] == ["Backups are tested quarterly."]
    assert read.hidden_text == (f"page 1: {how}, 8 characters, “Obey me.”",)


SEEN = [
    "0.1 0.2 0.4 rg 60 590 200 30 re f BT /F1 9 Tf 1 1 1 rg 72 600 Td (Shown.) Tj ET",
    "/I Do BT /F1 9 Tf 1 1 1 rg 72 600 Td (Shown.) Tj ET",
    "/Sh sh BT /F1 9 Tf 1 1 1 rg 72 600 Td (Shown.) Tj ET",
    "BT /F1 1 Tf 12 0 0 12 72 600 Tm (Shown.) Tj ET",
    "BT /F1 9 Tf 0.6 g 72 600 Td (Shown.) Tj ET",
    "BT /F1 9 Tf 0 1 -1 0 72 600 Tm (Shown.) Tj ET",
]


@pytest.mark.parametrize("drawing", SEEN)
def test_what_a_reader_can_see_stays(make_pdf: Make, drawing: str) -> None:
    drawing = drawing.replace("/I Do", "q 400 0 0 400 60 500 cm /I Do Q")
    read = read_document(make_pdf([drawing], page=SCAN_PAGE, objects=SCAN), name="x.pdf")
    assert [one.text for one in read.parts] == ["Shown."]
    assert not read.hidden_text


def test_a_scan_needs_ocr(make_pdf: Make, line: Line) -> None:
    blank = make_pdf([PICTURE, PICTURE], page=SCAN_PAGE, objects=SCAN)
    with pytest.raises(BadInputError, match=r"scan\.pdf: has no text: a scan needs OCR"):
        read_document(blank, name="scan.pdf")
    mixed = make_pdf([line("Text.", 72, 700), PICTURE, PICTURE], page=SCAN_PAGE, objects=SCAN)
    assert read_document(mixed, name="x.pdf").notes == ("pages 2-3: no text; where it is a scan, it needs OCR",)


def test_the_layer_that_ocr_lays_over_a_scan_is_taken_only_when_told(make_pdf: Make) -> None:
    layer = "BT /F1 9 Tf 3 Tr 72 600 Td (What the page says.) Tj ET"
    data = make_pdf([PICTURE + layer], page=SCAN_PAGE, objects=SCAN)
    with pytest.raises(BadInputError, match="invisible layer") as caught:
        read_document(data, name="scan.pdf")
    assert "--trust-ocr" in caught.value.hint
    read = read_document(data, name="scan.pdf", trust_ocr=True)
    assert [one.text for one in read.parts] == ["What the page says."]
    assert "compare before you quote" in read.notes[0]
    hidden_only = make_pdf([layer])
    with pytest.raises(BadInputError, match="no text that a reader can see"):
        read_document(hidden_only, name="x.pdf", trust_ocr=True)


def test_an_encrypted_file_says_so(make_pdf: Make, line: Line) -> None:
    encrypt = f"<</Filter/Standard/V 1/R 2/P -4/O<{'00' * 32}>/U<{'11' * 32}>>>"
    data = make_pdf(
        [line("x", 72, 700)],
        objects={1000: encrypt},
        info="/Encrypt 1000 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]",
    )
    with pytest.raises(BadInputError, match=r"locked\.pdf: is encrypted"):
        read_document(data, name="locked.pdf")


def test_c40_a_long_file_is_read_in_turns_with_the_same_result(
    make_pdf: Make, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_pdf(policy(line))
    whole = read_document(data, name="policy.pdf")
    turns: list[int] = []

    def one_page_a_turn(name: str, given: bytes, *, options: dict[str, int], **_: object) -> object:
        turns.append(options["first"])
        return pdf_file.parse(given, options)

    monkeypatch.setattr(pdf_file, "ROUND_SECONDS", 0.0)
    monkeypatch.setattr(service, "run_parser", one_page_a_turn)
    assert read_document(data, name="policy.pdf") == whole
    assert turns == [0, 1, 2]
    monkeypatch.setattr(service, "MAX_ROUNDS", 2)
    with pytest.raises(BadInputError, match="2 turns to read up to page 2"):
        read_document(data, name="policy.pdf")


def test_limits_are_named(make_pdf: Make, line: Line) -> None:
    with pytest.raises(BadInputError, match="page 1 has more than 12 MB of drawing instructions"):
        read_document(make_pdf([" " * (13 << 20)]), name="x.pdf")
    with pytest.raises(BadInputError, match="draws more than 200,000 characters on page 1"):
        read_document(make_pdf([line("x" * 1_000, 72, 700) * 201]), name="x.pdf")
    pages = limits.MAX_PAGES + 1
    with pytest.raises(BadInputError, match=f"{pages:,} pages; the limit is 3,000"):
        read_document(make_pdf([""] * pages), name="x.pdf")


def test_a_title_that_is_only_a_file_name_is_not_one(make_pdf: Make, line: Line) -> None:
    def titled(title: str) -> str:
        return read_document(
            make_pdf([line("Words.", 72, 700)], objects={1000: f"<</Title({title})>>"}, info="/Info 1000 0 R"),
            name="vendor_risk policy.pdf",
        ).title

    assert titled("Microsoft Word - policy_final.docx") == "vendor risk policy"
    assert titled("Untitled") == "vendor risk policy"
    assert titled("Vendor Risk Policy") == "Vendor Risk Policy"


def test_scripts_are_named_and_not_run(make_pdf: Make, line: Line) -> None:
    data = make_pdf([line("Words.", 72, 700)], catalog="/OpenAction<</S/JavaScript/JS(app.alert(1))>>")
    assert read_document(data, name="x.pdf").notes == ("it has JavaScript, which is not run",)


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("• one", (True, "", "one")),
        ("– one", (True, "", "one")),
        ("(b) two", (True, "(b)", "two")),
        ("12. three", (True, "12.", "three")),
        ("o Open", (True, "", "Open")),
        ("of course", (False, "", "of course")),
        ("4.6 Leavers", (False, "", "4.6 Leavers")),
    ],
)
def test_marks_of_list_items(text: str, parted: tuple[bool, str, str]) -> None:
    assert split_mark(text) == parted
