"""Hostile files through the real import: taken, or one sentence that names file and limit, soon and in little room."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from ingest.documents.service import add_document, read_document
from knowledge.clients import add_client, new_ref
from knowledge.errors import BadInputError, VcisoError
from knowledge.places import Places
from knowledge.records.client import Client

TAKEN = {
    "hidden_injection.docx": "Access Control Policy. MFA is required for VPN.",
    "hidden_text_injection.pdf": "Backups are tested quarterly.",
    "javascript_openaction.pdf": "ok",
}
REFUSED = {
    "bomb.docx": "inflates to 256 MB; the limit is 60 MB",
    "entity_bomb.docx": "word/document.xml declares a document type",
    "xxe.docx": "word/document.xml declares a document type",
    "not_a_zip.docx": "is not a Word document",
    "ole_encrypted_stub.docx": "old Word document (DOC) or encrypted",
    "renamed_png.docx": "is a picture",
    "truncated.docx": "damaged or cut-off",
    "zip_slip.docx": "names a file outside itself",
    "double_flate_bomb.pdf": "page 1 has more than 12 MB of drawing instructions",
    "flate_bomb.pdf": "page 1 has more than 12 MB of drawing instructions",
    "text_op_bomb.pdf": "page 1 has more than 12 MB of drawing instructions",
    "huge_page_count.pdf": "has 20,000 pages; the limit is 3,000",
    "page_tree_loop.pdf": "has no pages",
    "empty.pdf": "is empty",
    "header_only.pdf": "is damaged or cut off",
    "truncated.pdf": "is damaged or cut off",
    "not_pdf.pdf": "is not a PDF",
    "image_only.pdf": "has no text: a scan needs OCR",
    "form_xobject_loop.pdf": "has no text",
    "outline_loop.pdf": "has no text",
    "xref_prev_loop.pdf": "has no text",
}


def files(shared_data: Path) -> list[Path]:
    folder = shared_data / "hostile" / "generated"
    return sorted((folder / "docx").iterdir()) + sorted((folder / "pdf").iterdir())


def test_c39_each_is_taken_or_refused_and_the_batch_goes_on(shared_data: Path, places: Places, now: datetime) -> None:
    add_client(places, Client(id="northgate", ref=new_ref(), name="Northgate", created_at=now), now)
    found: dict[str, str] = {}
    refused: dict[str, str] = {}
    with places.client("northgate") as place:
        for path in files(shared_data):
            started = time.monotonic()
            try:
                outcome = add_document(place, read_document(path), now)
            except VcisoError as error:
                assert error.subject == path.name
                assert "\n" not in str(error)
                assert "Traceback" not in str(error)
                refused[path.name] = error.message
            else:
                with place.read() as unit:
                    found[path.name] = " ".join(one.text for one in unit.documents.parts(outcome.document.id))
                assert bool(outcome.document.hidden_text) == ("hidden" in path.name)
            assert time.monotonic() - started < 10, path.name
        kept = {path.name for path in (place.folder / "documents").rglob("*") if path.is_file()}
        with place.read() as unit:
            assert len(unit.documents.list()) == len(kept) == len(TAKEN)
    assert found == TAKEN
    for name, words in REFUSED.items():
        assert words in refused.pop(name), name
    assert refused == {}


def test_html_made_to_break_sanitisers_shows_no_script(shared_data: Path) -> None:
    folder = shared_data / "hostile" / "html"
    payloads = [path.read_bytes().split(b"\n--\n")[0] for path in sorted((folder / "bleach").glob("*.test"))]
    cases = json.loads((folder / "dompurify_expect.json").read_text(encoding="utf-8"))
    payloads += [case["payload"].encode("utf-8", "replace") for case in cases]
    assert len(payloads) > 50
    pages = b"\n<hr>\n".join(payloads)
    taken = 0
    for number, payload in enumerate([*payloads[::12], pages]):
        started = time.monotonic()
        try:
            read = read_document(b"<!doctype html>" + payload, name=f"case-{number}.html")
        except BadInputError as error:
            assert error.subject == f"case-{number}.html"
        else:
            taken += 1
            assert all(one.text and "\x00" not in one.text for one in read.parts)
        assert time.monotonic() - started < 10
    assert taken > 3


MEASURE = """
import resource, sys
from pathlib import Path
from ingest.documents.service import read_document
from knowledge.errors import VcisoError
for name in sys.argv[1:]:
    try:
        read_document(Path(name))
    except VcisoError:
        pass
unit = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
# Linux hands the size of the process that started this one down in ru_maxrss; VmHWM starts anew.
status = Path("/proc/self/status")
if status.exists():
    own = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    peak = max(peak, int(own) * 1024)
else:
    peak = max(peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
print(peak)
"""


@pytest.mark.slow
def test_none_takes_500_mb(shared_data: Path) -> None:
    names = [str(path) for path in files(shared_data)]
    done = subprocess.run([sys.executable, "-c", MEASURE, *names], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 500 * 1024 * 1024
