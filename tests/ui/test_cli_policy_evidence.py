"""From a published policy to signatures, exceptions, the Statement of Applicability and the pack, through the CLI."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from ui.cli.main import app

Run = Callable[..., Result]
TODAY = datetime.now(UTC).date()
DUE = f"{TODAY + timedelta(days=20):%Y-%m-%d}"
SOON = f"{TODAY + timedelta(days=7):%Y-%m-%d}"


@pytest.fixture
def vciso(home: Path) -> Run:
    def run(*arguments: object, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--home", str(home), *(str(one) for one in arguments)])
        assert result.exit_code == code, result.output
        return result

    run("client", "add", "Northgate Family Clinic", "--id", "northgate", "--sector", "healthcare",
        "--framework", "iso-27001-2022", "--jurisdiction", "US", "--headcount", "48")  # fmt: skip
    run("policy", "draft", "northgate", "--topic", "access-control", "--accept", "--no-model")
    run("policy", "submit", "northgate", "access-control")
    run("policy", "approve", "northgate", "access-control", "--material")
    run("policy", "publish", "northgate", "access-control")
    return run


@pytest.fixture
def audience(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text(
        "name,email,group\nDana Whitfield,dana@northgate.example,Front desk\nRavi Patel,ravi@northgate.example,IT\n"
        "Mia Okafor,mia@northgate.example,IT\nHalf Row,nope,IT\n"
    )
    return file


def test_ask_sign_report_and_verify(vciso: Run, audience: Path, tmp_path: Path, home: Path) -> None:
    asked = vciso("attest", "request", "northgate", "access-control", "--audience", audience, "--due", DUE,
                  "--out", tmp_path / "mail", "--url", "https://copilot.example.org/sign")  # fmt: skip
    assert "3 people are asked" in asked.output
    assert "Not asked: line 5: 'nope' is not an e-mail address." in asked.output
    mails = [file.read_text() for file in sorted((tmp_path / "mail").iterdir())]
    assert len(mails) == 3
    assert all("https://copilot.example.org/sign?token=c-" in mail for mail in mails)
    scan = tmp_path / "scan.txt"
    scan.write_text("signed on paper")
    signed = json.loads(
        vciso(
            "attest", "sign", "northgate", "access-control", "ravi@northgate.example", "--evidence", scan, "--json"
        ).output
    )
    status = json.loads(vciso("attest", "status", "northgate", "--json").output)
    assert [(g["group"], g["signed"], g["asked"]) for g in status[0]["groups"]] == [("Front desk", 0, 1), ("IT", 1, 2)]
    vciso("attest", "receipt", "northgate", signed["attestation"]["id"], "--out", tmp_path / "receipts")
    receipt = tmp_path / "receipts" / f"{signed['attestation']['id']}.json"
    assert "It holds: Ravi Patel signed Access Control Policy." in vciso("attest", "verify", receipt).output
    receipt.write_text(receipt.read_text().replace("Ravi Patel", "Ravi Pate1"))
    assert "NO   the receipt's hash is that of what it says" in vciso("attest", "verify", receipt, code=8).output
    queued = vciso("attest", "remind", "northgate", "access-control", "--send")
    assert "2 messages are in the outbox" in queued.output
    vciso("attest", "revoke", "northgate", "access-control", "mia@northgate.example", "--reason", "left")
    assert json.loads(vciso("attest", "status", "northgate", "--json").output)[0]["revoked"] == 1
    vciso("audit", "verify", "northgate")
    assert (home / "clients" / "northgate" / "sign-off.key").stat().st_mode & 0o777 == 0o600
    vciso("client", "remove", "northgate", "--yes")
    left = [file for file in home.rglob("*") if file.is_file() and not file.name.endswith(".lock")]
    assert not [file for file in left if b"ravi@northgate" in file.read_bytes() or b"on paper" in file.read_bytes()]


def test_exceptions_soa_evidence_and_reminders(vciso: Run, tmp_path: Path) -> None:
    made = json.loads(
        vciso(
            "exception",
            "add",
            "northgate",
            "access-control",
            "--clause",
            "4.3",
            "--what",
            "Badges come back late",
            "--reason",
            "Old system",
            "--compensating",
            "Door log is read daily",
            "--owner",
            "Dana",
            "--until",
            SOON,
            "--json",
        ).output
    )
    assert "iso-27001-2022:A.5.18" in made["requirements"]
    assert "expires soon" in json.loads(vciso("exception", "list", "northgate", "--json").output)[0]["standing"]
    assert made["id"] in vciso("policy", "reminders", "northgate", "--json").output
    vciso("policy", "export", "northgate", "access-control", "--format", "md", "--out", tmp_path / "md")
    printed = (tmp_path / "md" / "access-control-policy-v1.md").read_text()
    assert re.search(r"A.5.18 \| Access rights \| met, exception open", printed.replace("\\", ""))
    assert "Door log is read daily" in printed
    vciso("soa", "exclude", "northgate", "A.8.30", "--because", "The clinic develops no software at all.")
    vciso("soa", "exclude", "northgate", "A.8.99", "--because", "There is no such control.", code=3)
    row = json.loads(vciso("soa", "show", "northgate", "A.8.30", "--json").output)
    assert (row["applicable"], row["justification"]) == (False, "The clinic develops no software at all.")
    whole = json.loads(vciso("soa", "show", "northgate", "--json").output)
    assert len(whole["rows"]) == 93
    assert next(one for one in whole["rows"] if one["control_id"] == "A.5.18")["status"] == "in force in part"
    assert "cannot be evaluated" in whole["sentence"]
    found = json.loads(vciso("evidence", "northgate", "--for", "iso-27001:A.5.18", "--json").output)
    assert [line["kind"] for line in found[0]["lines"]] == ["policy version", "approval", "exception"]
    vciso("exception", "close", "northgate", made["id"], "--reason", "new badges")
    vciso("soa", "export", "northgate", "--out", tmp_path / "soa")
    book = openpyxl.load_workbook(tmp_path / "soa" / "statement-of-applicability.xlsx")
    cells = [cell for line in book.active.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert sum(str(line[0].value).startswith("A.") for line in book.active.iter_rows()) == 93


def test_export_of_one_and_of_the_pack(vciso: Run, audience: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = json.loads(
        vciso(
            "policy", "export", "northgate", "access-control", "--format", "docx,pdf,md,html", "--out", out, "--json"
        ).output
    )
    assert [Path(file).name for file in done["files"]] == [
        f"access-control-policy-v1.{kind}" for kind in ("docx", "pdf", "md", "html")
    ]
    assert done["notes"] == []
    vciso("policy", "draft", "northgate", "--topic", "backup", "--accept", "--no-model")
    vciso("attest", "request", "northgate", "access-control", "--audience", audience, "--due", DUE)
    pack = json.loads(vciso("policy", "export", "northgate", "--all", "--pack", "--out", out, "--json").output)
    with zipfile.ZipFile(pack["files"][0]) as archive:
        names = set(archive.namelist())
        assert {
            "index.html",
            "index.docx",
            "tables.xlsx",
            "statement-of-applicability.xlsx",
            "statement-of-applicability.docx",
            "policies/access-control-policy-v1.pdf",
            "policies/backup-policy-v1-draft.docx",
            "SHA256SUMS",
        } <= names
        for line in archive.read("SHA256SUMS").decode().splitlines():
            digest, _, name = line.partition("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        index = archive.read("index.html").decode()
        tables = openpyxl.load_workbook(io.BytesIO(archive.read("tables.xlsx")))
    assert "0 of 3 signed, 3 missing" in index
    assert "1 (draft)" in index
    assert tables.sheetnames == ["Versions", "Approvals", "Coverage", "Signatures"]
    assert tables["Approvals"]["C2"].value == "approved"


def test_what_does_not_go_together_is_said(vciso: Run, tmp_path: Path) -> None:
    vciso("policy", "export", "northgate", code=2)
    vciso("policy", "export", "northgate", "access-control", "--all", code=2)
    vciso("policy", "export", "northgate", "--all", "--format", "odt", code=2)
    vciso("policy", "export", "northgate", "access-control", "--version", 9, code=3)
    vciso("attest", "request", "northgate", "access-control", "--audience", tmp_path / "none.csv", "--due", DUE, code=3)
    vciso("attest", "links", "northgate", "access-control", code=3)
    vciso("attest", "verify", tmp_path / "none.json", code=3)
    vciso("attest", "status", "nobody", code=3)
