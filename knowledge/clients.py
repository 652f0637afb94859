"""What can be done with a client as a whole: add, archive, remove with proof, hand over."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import Field, ValidationError

from knowledge.errors import BadInputError, ConflictError, IntegrityError
from knowledge.places import CLIENTS_FOLDER, SHARED_FOLDER, Places
from knowledge.records.base import ClientId, Record, UtcDatetime
from knowledge.records.client import Client, ClientStatus
from knowledge.store.residue import client_rows_naming, erase_client_row

CHUNK = 1 << 20
"""Bytes read at once by the byte search."""


def slug(name: str) -> ClientId:
    """A client id made of a name: `Northgate Family Clinic` gives `northgate-family-clinic`.

    Raises:
        BadInputError: nothing of the name can stand in an id.
    """
    text = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    text = re.sub(r"^[^a-z]+", "", text)[:40].strip("-")
    if not text:
        raise BadInputError("no id can be made of this name", subject=name, hint="Give one with --id.")
    return text


def new_ref() -> str:
    """A random opaque name for the shared audit chain."""
    return f"c-{secrets.token_hex(6)}"


def add_client(places: Places, client: Client, now: datetime) -> Client:
    """Makes a client's place and puts the client on the list.

    Raises:
        PermissionDeniedError: whoever acts does not run the portfolio.
        ConflictError: the id is taken, or its folder holds something.
        BusyError: another process is adding it.
        StoreError: its folder cannot be made.
    """
    places.require_admin()
    free_folder(places, client.id)
    places.make_client_place(client.id)
    with places.shared().write() as unit:
        unit.clients.add(client)
        unit.audit.append(now, "client.add", client.ref)
    with places.client(client.id) as place, place.write("own") as own:
        own.audit.append(now, "client.add", client.id, profile=client.model_dump(mode="json"))
    places.mark_listed(client.id)
    return client


def free_folder(places: Places, client_id: ClientId) -> Path:
    """The folder of a client to be, free of what an earlier addition left that was killed half-way.

    Raises:
        PermissionDeniedError: whoever acts does not run the portfolio.
        ConflictError: the id is taken, or its folder holds something.
        BusyError: another process is adding it.
    """
    folder = places.client_folder(client_id)
    with places.shared().read() as unit:
        if any(known.id == client_id for known in unit.clients.list(archived=True)):
            raise ConflictError(
                "there is a client of that id already", subject=client_id, hint="Choose another with --id."
            )
    places.clear_unlisted(client_id)
    if folder.exists() and any(folder.iterdir()):
        raise ConflictError(
            "its folder exists already and is not empty",
            subject=str(folder),
            hint="Move it away, or choose another id with --id.",
        )
    return folder


def update_client(places: Places, client: Client, now: datetime) -> Client:
    """Replaces a client's profile.

    Raises:
        NotFoundError: no such client.
        PermissionDeniedError: whoever acts is no owner of the client.
    """
    before = places.require(client.id, "own")
    changed = {
        name: value
        for name, value in client.model_dump(mode="json").items()
        if value != before.model_dump(mode="json")[name]
    }
    if not changed:
        return before
    with places.profile_write(client.id) as unit:
        unit.clients.replace(client)
        unit.audit.append(now, "client.update", client.ref)
    with places.client(client.id) as place, place.write("own") as own:
        own.audit.append(now, "client.update", client.id, changed=changed)
    return client


def set_status(places: Places, client_id: ClientId, status: ClientStatus, now: datetime) -> Client:
    """Archives a client (no brief, nothing lost) or takes it up again.

    Raises:
        NotFoundError: no such client.
    """
    client = places.profile(client_id)
    return update_client(places, client.model_copy(update={"status": status}), now)


class RemovalJournal(Record):
    """What a removal needs to finish after a kill; it is gone when the removal is done."""

    id: ClientId
    ref: str
    name: str
    started_at: UtcDatetime


class RemovalProof(Record):
    """What the byte search after a removal looked at and found."""

    ref: str
    files_removed: int = Field(ge=0)
    bytes_removed: int = Field(ge=0)
    files_searched: int = Field(ge=0)
    bytes_searched: int = Field(ge=0)
    terms_searched: int = Field(ge=0)
    public_mentions: int = Field(ge=0)
    """Files whose public texts (news, advisories) name the client by chance; publishers' words, not the client's."""
    named_elsewhere: tuple[str, ...] = ()
    """Other clients' files, and the list of users, where they name such a firm: for a person to look at."""


def remove_client(places: Places, client_id: ClientId, now: datetime) -> RemovalProof:
    """Deletes a client's place for good and proves by a byte search over the home that nothing of it is left.

    A journal is written first, so that a removal that was killed goes on at the next start (`resume_removals`).

    Raises:
        NotFoundError: no such client.
        PermissionDeniedError: whoever acts does not run the portfolio.
        IntegrityError: the search found something; the journal stays and the next start tries again.
    """
    client = places.profile(client_id)
    places.require_admin()
    journal = RemovalJournal(id=client.id, ref=client.ref, name=client.name, started_at=now)
    places.removals_folder.mkdir(mode=0o700, exist_ok=True)
    file = places.removals_folder / f"{client.ref}.json"
    with file.open("w", encoding="utf-8") as handle:
        handle.write(journal.model_dump_json())
        handle.flush()
        os.fsync(handle.fileno())
    return _finish_removal(places, journal, file, now)


def resume_removals(places: Places, now: datetime) -> list[RemovalProof]:
    """Finishes removals that were killed half-way; called whenever a home is opened.

    Raises:
        IntegrityError: something of a client is still there, or a journal cannot be read.
    """
    proofs = []
    for file in sorted(places.removals_folder.glob("*.json")) if places.removals_folder.is_dir() else ():
        try:
            journal = RemovalJournal.model_validate_json(file.read_bytes())
        except ValidationError:
            # Killed while the journal was being written: nothing had been deleted yet.
            if file.stat().st_size == 0 or not file.read_bytes().rstrip().endswith(b"}"):
                file.unlink()
                continue
            raise IntegrityError(
                "is not a removal journal", subject=str(file), hint="Look into it and delete it."
            ) from None
        proofs.append(_finish_removal(places, journal, file, now))
    return proofs


def _finish_removal(places: Places, journal: RemovalJournal, file: Path, now: datetime) -> RemovalProof:
    places.close_client(journal.id)
    folder = places.client_folder(journal.id)
    doomed = [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
    size = sum(path.stat().st_size for path in doomed)
    if folder.exists():
        shutil.rmtree(folder)
    shared = places.shared()
    with shared.write() as unit:
        unit.clients.remove(journal.id)
        unit.runs.forget([journal.ref])
        unit.outbox.forget_unsent()
        gone = unit.users.forget_client(journal.ref)
        kept = [user for user in unit.users.list() if _named(f"{user.email} {user.name}", journal)]
    shared.database.vacuum()
    for copy in (places.home / SHARED_FOLDER / "backups").glob("*.sqlite3"):
        erase_client_row(copy, journal.id, gone)
    _forget_portfolio_pages(places, journal)

    terms = search_terms(journal)
    searched = total = public = 0
    elsewhere = ["the list of users (`vciso user list`)"] if kept else []
    for path in _files(places.home, skip=file):
        searched += 1
        total += path.stat().st_size
        if not _contains(path, terms):
            continue
        # The shared place's live public texts may name the firm; its own rows may not.
        if path.suffix == ".sqlite3" and path.parts[-2] in {SHARED_FOLDER, "backups"} and not _own_rows(path, journal):
            public += 1
            continue
        if path.parts[len(places.home.parts)] == CLIENTS_FOLDER:
            elsewhere.append(path.relative_to(places.home).as_posix())
            continue
        raise IntegrityError(
            f"still holds something of the removed client {journal.ref}",
            subject=str(path.relative_to(places.home)),
            hint="Delete that file if it is not needed; the removal goes on at the next start.",
        )
    proof = RemovalProof(
        ref=journal.ref,
        files_removed=len(doomed),
        bytes_removed=size,
        files_searched=searched,
        bytes_searched=total,
        terms_searched=len(terms),
        public_mentions=public,
        named_elsewhere=tuple(elsewhere),
    )
    with shared.write() as unit:
        unit.audit.append(now, "client.remove", journal.ref, files_searched=searched, bytes_searched=total, residue=0)
    file.unlink()
    return proof


def search_terms(journal: RemovalJournal) -> tuple[bytes, ...]:
    """The byte strings that must be gone: id and name in UTF-8, UTF-16 and as JSON escapes, lower-cased.

    An id of fewer than four letters would be found in any file; there the name alone is searched.
    """
    words = {journal.name.casefold()} | ({journal.id} if len(journal.id) >= 4 else set())
    terms: set[bytes] = set()
    for word in words:
        terms |= {word.encode(), word.encode("utf-16-le"), json.dumps(word)[1:-1].encode()}
    return tuple(sorted(terms))


def _named(text: str, journal: RemovalJournal) -> bool:
    return any(term in text.casefold().encode() for term in search_terms(journal))


def _own_rows(path: Path, journal: RemovalJournal) -> bool:
    return client_rows_naming(path, (journal.id, journal.name))


def _forget_portfolio_pages(places: Places, journal: RemovalJournal) -> None:
    """Portfolio pages show every client; those that show this one go, and the next run writes today's anew."""
    terms = search_terms(journal)
    for path in list(_files(places.portfolio_folder)):
        if _contains(path, terms):
            path.unlink()


def _files(folder: Path, skip: Path | None = None) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and path != skip:
            yield path


def _contains(path: Path, terms: tuple[bytes, ...]) -> bool:
    """Whether a file's name or bytes hold one of the lower-cased terms, ASCII case ignored; windows overlap."""
    if any(term in os.fsencode(path.name).lower() for term in terms):
        return True
    overlap = max(map(len, terms)) - 1
    tail = b""
    with path.open("rb") as handle:
        while block := handle.read(CHUNK):
            window = tail + block.lower()
            if any(term in window for term in terms):
                return True
            tail = window[-overlap:] if overlap else b""
    return False
