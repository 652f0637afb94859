"""The policy loop on the demo clinic, as a person runs it: trigger, redline, decisions, approval, sign-off, proof."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from typer.testing import CliRunner

from advisor.proposals import keep_proposal
from knowledge.places import Places
from knowledge.settings import Settings
from ui.cli.main import app

Run = Callable[..., str]
OFFICE, DRAW = shutil.which("soffice"), shutil.which("pdftoppm")
DAY = datetime(2026, 8, 7, 15, tzinfo=UTC)
PEOPLE = "name,email,group\nDana Hill,dana@northgate.example,Front desk\nSam Ortiz,sam@northgate.example,Nurses\n" \
         "Lee Park,lee@northgate.example,Nurses\n"  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's home, built once."""
    home = tmp_path_factory.mktemp("demo") / "home"
    done = CliRunner().invoke(app, ["--home", str(home), "demo"])
    assert done.exit_code == 0, done.output
    return home


@pytest.fixture
def vciso(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a copy of the demo's home, on the demo's day."""
    home = tmp_path / "home"
    shutil.copytree(demo, home)
    clock = iter(DAY + timedelta(minutes=n) for n in range(10_000))
    for module in ("policy", "policy_begin", "policy_work", "policy_word", "proposals", "attest", "docs", "audit"):
        monkeypatch.setattr(f"ui.cli.{module}.now", lambda: next(clock), raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["--home", str(home), *map(str, arguments)], env={"VCISO_ACTOR": "dana"})
        assert done.exit_code == code, done.output
        return done.output

    return run


def as_json(text: str) -> Any:
    return json.loads(text)


def tracked(file: Path) -> list[tuple[str, str]]:
    """Kind and words of the tracked changes, read from the XML."""
    with zipfile.ZipFile(file) as archive:
        root = docx.oxml.parse_xml(archive.read("word/document.xml"))
    found = []
    for element in root.iter(qn("w:ins"), qn("w:del")):
        if element.getparent().tag != qn("w:rPr"):
            words = "".join(node.text or "" for node in element.iter(qn("w:t"), qn("w:delText")))
            found.append((element.tag.rpartition("}")[2], words))
    return found


def decide(source: Path, target: Path, decisions: dict[str, bool], edit: tuple[str, str] | None = None) -> None:
    """What Word makes of a redline: by a word of each change it is accepted or rejected; others are left."""
    document = docx.Document(str(source))
    body = document.element.body
    for element in list(body.iter(qn("w:ins"), qn("w:del"))):
        inserted = element.tag == qn("w:ins")
        mark = element.getparent().tag == qn("w:rPr")
        paragraph = next(element.iterancestors(qn("w:p")))
        words = "".join(node.text or "" for node in (paragraph if mark else element).iter(qn("w:t"), qn("w:delText")))
        taken = next((said for word, said in decisions.items() if word in words), None)
        if taken is None:
            continue
        stays = taken == inserted
        if mark:
            element.getparent().remove(element)
            if not stays:
                paragraph.getparent().remove(paragraph)
            continue
        for run in list(element):
            for node in run.findall(qn("w:delText")):
                node.tag = qn("w:t")
            if stays:
                element.addprevious(run)
        element.getparent().remove(element)
    if edit:
        for node in body.iter(qn("w:t")):
            node.text = (node.text or "").replace(*edit)
    document.save(str(target))


def drawn(file: Path, folder: Path) -> list[Path]:
    """The pages that LibreOffice and pdftoppm draw."""
    assert OFFICE is not None
    assert DRAW is not None
    profile = f"-env:UserInstallation=file://{folder}/profile"
    for command in (
        [OFFICE, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(file)],
        [DRAW, "-r", "60", "-png", str(folder / f"{file.stem}.pdf"), str(folder / "page")],
    ):
        done = subprocess.run(command, capture_output=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr
    return sorted(folder.glob("page*.png"))


def test_from_a_kev_item_to_three_signatures(vciso: Run, tmp_path: Path) -> None:
    # The clinic's own DOCX is its policy in force, and the morning's KEV item has proposed a sentence.
    policy = as_json(vciso("policy", "list", "northgate", "--json"))[0]
    assert (policy["id"], policy["status"], policy["versions"][0]["status"]) == ("vendor-risk", "in force", "published")
    waiting = {one["trigger"]["kind"]: one for one in as_json(vciso("proposals", "northgate", "--json"))}
    assert set(waiting) == {"headline verdict", "framework change"}
    item, change = waiting["headline verdict"], waiting["framework change"]
    sources = {one["passage_id"] for one in item["hunks"][0]["citations"]}
    assert {"kev:CVE-2026-18577", "req:nist-csf-2.0:GV.SC-08"} <= sources
    brief = (tmp_path / "home" / "clients" / "northgate" / "briefs" / "2026-08-06.md").read_text(encoding="utf-8")
    assert "**Policy:** CVE-2026-18577 in a tool of Brightline IT is exploited" in brief
    assert f"Proposal {item['id']} adds a sentence to section 5.2 of your Vendor Risk Policy" in brief

    # It goes into the clinic's file as one tracked insertion with a comment.
    vciso("policy", "redline", "northgate", item["id"], "--out", "item.docx")
    changes = tracked(tmp_path / "item.docx")
    assert [kind for kind, _ in changes] == ["ins"]
    assert changes[0][1].startswith(" When a tool with which it reaches our systems")
    (comment,) = docx.Document(str(tmp_path / "item.docx")).comments
    assert "CVE-2026-18577" in comment.text
    assert "CSF 2.0 GV.SC-08" in comment.text

    # The reviewer accepts it in Word; the file is read back, and only --apply decides.
    decide(tmp_path / "item.docx", tmp_path / "back.docx", {"exploited": True})
    told = vciso("policy", "read-back", "northgate", item["id"], "back.docx")
    assert "accepted" in told
    assert "Nothing was decided yet" in told
    assert as_json(vciso("proposals", "northgate", "show", item["id"], "--json"))[0]["status"] == "open"
    vciso("policy", "read-back", "northgate", item["id"], "back.docx", "--apply")
    assert as_json(vciso("proposals", "northgate", "show", item["id"], "--json"))[0]["status"] == "accepted"

    # Of the framework's three changes one is accepted, one rejected, one written in other words.
    vciso("policy", "redline", "northgate", change["id"], "--out", "change.docx")
    hunks = {hunk["number"]: hunk for hunk in change["hunks"]}
    assert len(hunks) == 3
    mine = [words for _, words in tracked(tmp_path / "change.docx")]
    assert len(mine) == 4, "three of the proposal, and the sentence that was accepted before"
    first, second, third = (hunks[n]["new"][len(hunks[n]["old"]) :].strip()[:40] for n in (1, 2, 3))
    edit = ("in writing", "in writing, within 10 working days")
    decide(tmp_path / "change.docx", tmp_path / "mixed.docx", {first: True, second: False, third: True}, edit)
    read = as_json(vciso("policy", "read-back", "northgate", change["id"], "mixed.docx", "--apply", "--json"))
    assert [one["said"] for one in read["readings"]] == ["accepted", "rejected", "edited"]
    assert "within 10 working days" in read["readings"][2]["text"]
    assert read["proposal"]["status"] == "partly accepted"

    # Review, approval pinned to the hash, publication.
    told = vciso("policy", "submit", "northgate", "vendor-risk")
    assert "Material:" in told
    vciso("policy", "comment", "northgate", "vendor-risk", "Does Brightline know?", "--clause", "5.2")
    vciso("policy", "approve", "northgate", "vendor-risk", "--material", code=2)
    shown = as_json(vciso("policy", "show", "northgate", "vendor-risk", "--json"))
    vciso("policy", "resolve", "northgate", "vendor-risk", shown["comments"][0]["id"])
    vciso("policy", "approve", "northgate", "vendor-risk", code=2)
    reason = "vendors get a new duty"
    pinned = ("--material", "--reason", reason, "--sha256", shown["sha256"])
    vciso("policy", "approve", "northgate", "vendor-risk", *pinned)
    vciso("policy", "edit", "northgate", "vendor-risk", "--out", "x.md", code=9)
    told = vciso("policy", "publish", "northgate", "vendor-risk")
    assert "v2 is published" in told
    assert "v1 is retired" in told

    # Three people sign; the sign-off is pinned to version and hash.
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "signed.txt").write_text("signed on paper", encoding="utf-8")
    vciso("attest", "request", "northgate", "vendor-risk", "--audience", "people.csv", "--due", "2026-08-31")
    for person in ("dana", "sam", "lee"):
        mail = f"{person}@northgate.example"
        vciso("attest", "sign", "northgate", "vendor-risk", mail, "--evidence", "signed.txt", "--on", "2026-08-07")
    with open_home(tmp_path / "home") as places, places.client("northgate") as place, place.read() as unit:
        published = unit.policies.published("vendor-risk")
        assert published is not None
        signed = unit.attestations.list(policy_id="vendor-risk")
        assert {(one.version, one.sha256) for one in signed} == {(2, published.sha256)}
        assert len(signed) == 3
    history = vciso("policy", "history", "northgate", "vendor-risk")
    for step in ("version 2 begun", "version 2 approved", "version 2 published"):
        assert step in " ".join(history.split())

    # The evidence for the requirement that asked for it: the version in force, its approval, the signatures.
    (proof,) = as_json(vciso("evidence", "northgate", "--for", "csf:GV.SC-08", "--json"))
    assert proof["requirement"] == "nist-csf-2.0:GV.SC-08"
    assert proof["clauses"] == ["Vendor Risk Policy v2, 5.2"]
    assert {"policy version", "approval", "sign-off"} <= {line["kind"] for line in proof["lines"]}

    # A correction that is not material asks nobody again; the chain holds over all of it.
    text = published.text.clause("p15")
    assert text is not None
    words = text.text.replace("server room", "office")
    told = vciso(
        "policy", "propose", "northgate", "--policy", "vendor-risk", "--clause", "5.1", "--text", words,
        "--reason", "the list moved", "--json",
    )  # fmt: skip
    vciso("proposals", "northgate", "accept", as_json(told)[0]["id"])
    vciso("policy", "submit", "northgate", "vendor-risk")
    vciso("policy", "approve", "northgate", "vendor-risk", "--not-material", "--reason", "a place, no duty")
    vciso("policy", "publish", "northgate", "vendor-risk")
    told = vciso(
        "attest", "request", "northgate", "vendor-risk", "--audience", "people.csv", "--due", "2026-09-30", code=9
    )
    assert "is not material, and everybody on the list has signed the version before" in told
    assert "rows hold; head" in vciso("audit", "verify", "northgate")


def open_home(home: Path) -> Places:
    return Places(Settings(home=home, actor="dana"), now=DAY)


@pytest.mark.skipif(OFFICE is None or DRAW is None, reason="LibreOffice or pdftoppm is not installed")
def test_the_redline_is_drawn_by_a_word_processor(vciso: Run, tmp_path: Path) -> None:
    (proposal,) = (
        one
        for one in as_json(vciso("proposals", "northgate", "--json"))
        if one["trigger"]["kind"] == "framework change"
    )
    vciso("policy", "redline", "northgate", proposal["id"], "--out", "redline.docx")
    pages = drawn(tmp_path / "redline.docx", tmp_path)
    assert pages
    assert all(_has_colour(page) for page in pages[:1]), "the tracked words are drawn in a colour of their own"


def _has_colour(page: Path) -> bool:
    """Whether a drawn page has pixels of the colour in which LibreOffice draws tracked words."""
    from PIL import Image

    with Image.open(page) as image:
        raw = image.convert("RGB").tobytes()
    pixels = zip(raw[::3], raw[1::3], raw[2::3], strict=True)
    return any(red > 150 and blue < 80 and green > 90 for red, green, blue in pixels)


def test_two_editors_of_one_draft(vciso: Run, tmp_path: Path) -> None:
    for topic in ("backup",):
        vciso("policy", "draft", "northgate", "--topic", topic, "--accept")
    vciso("policy", "edit", "northgate", "backup", "--out", "one.md")
    text = (tmp_path / "one.md").read_text(encoding="utf-8")
    (tmp_path / "one.md").write_text(text.replace("restore", "read back", 1), encoding="utf-8")
    (tmp_path / "two.md").write_text(text.replace("restore", "recover", 1), encoding="utf-8")
    assert "revision 2" in vciso("policy", "edit", "northgate", "backup", "one.md")
    told = vciso("policy", "edit", "northgate", "backup", "two.md", code=9)
    assert "was saved by dana meanwhile" in told
    assert "Your text is kept as kt-" in told
    beside = " ".join(vciso("policy", "kept", "northgate", "backup").split())
    assert "[-read back-]{+recover+}" in beside


def test_a_new_policy_without_a_model(vciso: Run) -> None:
    told = vciso("policy", "draft", "northgate", "--topic", "incident-response", "--for", "csf:RS.MA-01", "--json")
    (drafted,) = as_json(told)
    assert [row["requirement"] for row in drafted["coverage"]] == ["nist-csf-2.0:RS.MA-01"]
    assert drafted["proposal"]["model"] == ""
    told = vciso("policy", "draft", "northgate", "--topic", "incident-response", "--for", "csf:RS.MA-99", code=3)
    assert "Near ones: RS.MA-0" in told


def test_the_same_proposal_is_kept_once(vciso: Run, tmp_path: Path) -> None:
    before = vciso("proposals", "northgate", "--json")
    vciso("policy", "propose", "northgate", "--framework", "lakeside-terms-2026", "--since", "lakeside-terms-2025")
    assert vciso("proposals", "northgate", "--json") == before
    with open_home(tmp_path / "home") as places, places.client("northgate") as place:
        with place.read() as unit:
            known = unit.proposals.list()[0]
        assert keep_proposal(place, known, DAY) == known


def test_a_file_that_is_none_is_refused(vciso: Run, tmp_path: Path) -> None:
    (tmp_path / "x.docx").write_bytes(io.BytesIO(b"PK\x03\x04").getvalue())
    told = vciso("policy", "read-back", "northgate", "P-2", "x.docx", code=5)
    assert "Traceback" not in told
