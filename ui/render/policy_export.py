"""Writes policies, the whole set and the Statement of Applicability as files, for the command line and the app."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, assert_never

from advisor.attestation.report import RequestStanding, standing_of
from advisor.budget import client_day
from advisor.policies.dossier import Dossier, read_dossier
from advisor.policies.requirements import client_catalogue
from advisor.policies.soa import Soa, statement_of_applicability
from knowledge.errors import StoreError, UsageError
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.client import Client
from knowledge.records.policy import Policy
from ui.render.policy_docx import paper_docx
from ui.render.policy_html import paper_html
from ui.render.policy_markdown import paper_markdown
from ui.render.policy_paper import Paper
from ui.render.policy_pdf import paper_pdf
from ui.render.policy_view import SOA_HEAD, policy_paper, set_index_paper, soa_paper, soa_table
from ui.render.policy_xlsx import Sheet, workbook

Format = Literal["docx", "pdf", "md", "html"]
FORMATS: Final[tuple[Format, ...]] = ("docx", "pdf", "md", "html")
Progress = Callable[[int, int, str], None]
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Exported:
    """Files that were made."""

    files: tuple[tuple[str, bytes], ...]
    """Name and content."""
    notes: tuple[str, ...]
    """What a reader should know: signs that no font has."""


def render(
    paper: Paper, kind: Format, *, template: Path | None = None, fonts: Sequence[Path] = ()
) -> tuple[bytes, tuple[str, ...]]:
    """A paper in one format, with what is to be said of it.

    Raises:
        NotFoundError, BadInputError: the template cannot be used.
    """
    match kind:
        case "docx":
            return paper_docx(paper, template=template), ()
        case "pdf":
            made = paper_pdf(paper, fonts=fonts)
            return made.data, made.notes
        case "md":
            return paper_markdown(paper).encode(), ()
        case "html":
            return paper_html(paper).encode(), ()
        case _:
            assert_never(kind)


def export_policies(
    places: Places,
    client_id: ClientId,
    policies: Sequence[Policy],
    formats: Sequence[Format],
    *,
    now: datetime,
    number: int | None = None,
    template: Path | None = None,
    pack: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Policies as files, and with `pack` the whole set as one zip.

    Args:
        places: the open home.
        client_id: whose policies.
        policies: which ones, in this order.
        formats: of each policy.
        now: states, review dates and exceptions are told as of now.
        number: a version, of one policy; default the one in force, else the newest.
        template: the client's DOCX or DOTX for the Word files.
        pack: one zip with the policies, an index, approvals, coverage, signatures and the Statement of Applicability.
        progress: called with done, total and what is at work.

    Raises:
        NotFoundError: no such client or version.
        UsageError: no policy, or no format.
        BadInputError: the template cannot be used.
    """
    if not policies or not formats:
        raise UsageError("nothing to export", subject=client_id, hint="Name a policy or --all, and a format.")
    client = places.profile(client_id)
    catalogue = client_catalogue(places, client_id)
    fonts = places.settings.pdf_fonts
    tell = progress or (lambda _done, _total, _subject: None)
    with places.client(client_id) as place, place.read() as unit:
        dossiers = [read_dossier(unit, client, catalogue, one, now=now, number=number) for one in policies]
        today = client_day(now, client.timezone)
        soa = statement_of_applicability(unit, client, catalogue, today) if pack else None
        requests = unit.sign_offs.list(closed=True) if pack else ()
        standings = [standing_of(unit, one, today) for one in requests]
    files: list[tuple[str, bytes]] = []
    notes: list[str] = []
    total = len(dossiers) * len(formats)
    for dossier in dossiers:
        paper = policy_paper(dossier, catalogue)
        for kind in formats:
            tell(len(files), total, f"{dossier.version.text.title}, {kind}")
            data, said = render(paper, kind, template=template, fonts=fonts)
            name = f"{stem(dossier)}.{kind}"
            files.append((name, data))
            notes += [f"{name}: {line}" for line in said]
    tell(total, total, "done")
    if soa is None:
        return Exported(tuple(files), tuple(notes))
    names = {one.policy.id: f"{stem(one)} ({', '.join(formats)})" for one in dossiers}
    index = set_index_paper(client, dossiers, catalogue, names, now=now)
    extra = [(f"index.{kind}", render(index, kind, fonts=fonts)[0]) for kind in ("html", "docx")]
    extra += soa_files(soa, client, now)
    extra.append(("tables.xlsx", _tables(client, dossiers, standings, now)))
    inner = [*extra, *((f"policies/{name}", data) for name, data in files)]
    listed = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(inner))
    data = _zip([*inner, ("SHA256SUMS", listed.encode())])
    return Exported(((f"{client.id}-policy-set-{today:%Y-%m-%d}.zip", data),), tuple(notes))


def soa_files(soa: Soa, client: Client, now: datetime) -> list[tuple[str, bytes]]:
    """The Statement of Applicability as workbook, Word file and page."""
    paper = soa_paper(soa, client, now)
    sheet = Sheet(
        "Statement of Applicability",
        SOA_HEAD,
        soa_table(soa),
        (10, 38, 9, 60, 17, 46, 46),
        lead=(f"{paper.title}: {soa.client_name}", paper.subtitle, soa.sentence, paper.facts[1][1]),
    )
    book = workbook([sheet], title=paper.title, author=client.name, at=now)
    return [
        ("statement-of-applicability.xlsx", book),
        ("statement-of-applicability.docx", paper_docx(paper)),
        ("statement-of-applicability.html", paper_html(paper).encode()),
    ]


def export_soa(places: Places, client_id: ClientId, now: datetime) -> Exported:
    """The Statement of Applicability as files.

    Raises:
        NotFoundError: no such client.
    """
    client = places.profile(client_id)
    catalogue = client_catalogue(places, client_id)
    with places.client(client_id) as place, place.read() as unit:
        soa = statement_of_applicability(unit, client, catalogue, client_day(now, client.timezone))
    return Exported(tuple(soa_files(soa, client, now)), ())


def stem(dossier: Dossier) -> str:
    """File name without its ending: `access-control-policy-v3`, `-draft` behind it where it is not in force."""
    title = re.sub(r"[^a-z0-9]+", "-", dossier.version.text.title.casefold()).strip("-")[:60] or dossier.policy.id
    state = "" if dossier.version.status == "published" else f"-{dossier.version.status.replace(' ', '-')}"
    return f"{title}-v{dossier.version.number}{state}"


def write_files(folder: Path, files: Sequence[tuple[str, bytes]]) -> tuple[Path, ...]:
    """Writes files whole or not at all, over what was exported there before.

    Raises:
        StoreError: the disk refused.
    """
    written = []
    part = folder / ".part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files:
            target = folder / name
            part = target.with_name(f".{target.name}.part")
            part.write_bytes(data)
            part.replace(target)
            written.append(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"cannot be written ({error.strerror})", subject=str(folder), hint="Choose another folder with --out."
        ) from None
    return tuple(written)


def _tables(client: Client, dossiers: Sequence[Dossier], standings: Sequence[RequestStanding], now: datetime) -> bytes:
    """Versions, approvals, coverage and signatures as sheets that can be filtered."""
    versions = tuple(
        (
            d.policy.title,
            str(v.number),
            v.status,
            f"{v.approved_at:%Y-%m-%d}" if v.approved_at else "",
            v.approved_by,
            f"{v.published_at:%Y-%m-%d}" if v.published_at else "",
            "\n".join(v.changes),
            v.sha256,
        )
        for d in dossiers
        for v in d.versions
    )
    approvals = tuple(
        (d.policy.title, str(a.version), a.decision, a.approver, f"{a.at:%Y-%m-%d %H:%M} UTC", a.comment, a.sha256)
        for d in dossiers
        for a in d.approvals
    )
    coverage = tuple(
        (
            row.requirement,
            row.label,
            row.title,
            d.version.text.title,
            str(d.version.number),
            row.state,
            ", ".join(row.clauses),
            row.note,
        )
        for d in dossiers
        for row in d.coverage
    )
    signatures = tuple(
        (
            one.request.policy_title,
            str(one.request.version),
            group.group or "(no group)",
            str(group.asked),
            str(group.signed),
            "\n".join(group.missing),
            f"{one.request.due_on:%Y-%m-%d}",
        )
        for one in standings
        for group in one.groups
    )
    sheets = [
        Sheet(
            "Versions",
            ("Policy", "Version", "State", "Approved", "By", "In force", "What changed", "SHA-256"),
            versions,
            (38, 9, 14, 12, 22, 12, 60, 66),
        ),
        Sheet(
            "Approvals",
            ("Policy", "Version", "Decision", "By", "At", "Comment", "SHA-256"),
            approvals,
            (38, 9, 16, 22, 20, 50, 66),
        ),
        Sheet(
            "Coverage",
            ("Requirement", "Name", "Title", "Policy", "Version", "State", "Clauses", "Note"),
            coverage,
            (34, 24, 50, 38, 9, 10, 24, 50),
        ),
        Sheet(
            "Signatures",
            ("Policy", "Version", "Group", "Asked", "Signed", "Missing", "Due"),
            signatures,
            (38, 9, 24, 8, 8, 50, 12),
        ),
    ]
    return workbook(sheets, title="Policy set", author=client.name, at=now)


def _zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
