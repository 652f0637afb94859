"""A client's place as one archive that another copilot takes in: the handover to a successor."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from knowledge.audit import ChainBreak, verify_chain
from knowledge.clients import free_folder, new_ref
from knowledge.errors import BadInputError, ConflictError, IntegrityError, StoreError
from knowledge.places import DATABASES, LOCK_FILE, UNLISTED_FILE, Places
from knowledge.records.base import ClientId, Record, UtcDatetime
from knowledge.records.client import CLIENT_ID, Client
from knowledge.store.engine import copy_database
from knowledge.store.schema import HEADS, stamped_revision

MANIFEST = "manifest.json"
FORMAT = 1
MAX_FILES = 100_000
MAX_BYTES = 20 << 30
"""Inflated size that an archive may have: 20 GiB."""
_LEFT_OUT = {LOCK_FILE, UNLISTED_FILE, "place.owner", "sign-off.key"}
_LEFT_OUT_FOLDERS = {"index", "backups"}
"""The index is rebuilt from the database; backups are older states of the same. The key of sign-off links stays: links
that the old home sent die with the hand-over, and receipts need no key."""


class ArchivedFile(Record):
    """One file of an archive."""

    path: str
    size: int
    sha256: str


class Manifest(Record):
    """What an archive says of itself."""

    format: int
    product: str = "vciso"
    schema_revision: str
    exported_at: UtcDatetime
    client: Client
    files: tuple[ArchivedFile, ...]


def export_client(places: Places, client_id: ClientId, target: Path, now: datetime) -> Manifest:
    """Writes a client's place to one zip archive.

    The archive is not encrypted: whoever has it has the client's data.

    Raises:
        NotFoundError: no such client.
        PermissionDeniedError: whoever acts is no owner of the client.
        ConflictError: the target exists.
        StoreError: the target cannot be written; no half archive is left.
    """
    client = places.require(client_id, "own")
    if target.exists():
        raise ConflictError("exists already", subject=str(target), hint="Choose another name; nothing was overwritten.")
    with places.client(client_id) as place:
        with place.write("own") as unit:
            unit.audit.append(now, "client.export", client_id, file=target.name)
        part = target.with_name(target.name + ".part")
        try:
            with tempfile.TemporaryDirectory(dir=place.folder, prefix="export-") as scratch:
                copy = Path(scratch) / DATABASES["client"]
                copy_database(place.database.path, copy)
                manifest = _write_archive(part, client, copy, place.folder, now)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StoreError(
                f"cannot be written ({error.strerror})", subject=str(target), hint="Choose another folder."
            ) from None
    return manifest


def _write_archive(part: Path, client: Client, database: Path, folder: Path, now: datetime) -> Manifest:
    members: list[tuple[str, Path]] = [(DATABASES["client"], database)]
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        own = inner.parts[0].startswith((DATABASES["client"], "export-")) or inner.parts[0] in _LEFT_OUT_FOLDERS
        if path.is_file() and not own and path.name not in _LEFT_OUT:
            members.append((inner.as_posix(), path))
    listed = []
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in members:
            archive.write(path, name)
            listed.append(ArchivedFile(path=name, size=path.stat().st_size, sha256=_sha256(path)))
        manifest = Manifest(
            format=FORMAT,
            schema_revision=HEADS["client"],
            exported_at=now,
            client=client,
            files=tuple(listed),
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    part.chmod(0o600)
    return manifest


def import_client(places: Places, source: Path, now: datetime, *, as_id: ClientId = "") -> Client:
    """Takes a client in from an archive that `export_client` wrote.

    Checks every file against the manifest and the audit chain before the client appears on the list.

    Raises:
        PermissionDeniedError: whoever acts does not run the portfolio.
        BadInputError: not such an archive, or one of a newer release.
        IntegrityError: a file or the audit chain is not as the manifest says.
        ConflictError: the id is taken.
        BusyError: another process is adding that client.
    """
    places.require_admin()
    if as_id and not CLIENT_ID.match(as_id):
        raise BadInputError("is not a client id", subject=as_id, hint="Use 1 to 40 of a-z, 0-9 and -.")
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _read_manifest(archive, source)
            # Nothing goes out by itself until whoever took over says so.
            changes = {"id": as_id or manifest.client.id, "ref": new_ref(), "schedule": None}
            client = manifest.client.model_copy(update=changes)
            folder = free_folder(places, client.id)
            scratch = folder.with_name(f".import-{client.ref}")
            try:
                _unpack(archive, manifest, scratch, source)
                (scratch / UNLISTED_FILE).touch()
                scratch.replace(folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise BadInputError(
            f"cannot be read as an archive ({error})", subject=source.name, hint="Export it again."
        ) from None
    try:
        places.make_client_place(client.id)
        with places.shared().write() as unit:
            unit.clients.add(client)
            unit.audit.append(now, "client.import", client.ref)
        with places.client(client.id) as place:
            with place.read() as own:
                broken = verify_chain(own.audit.rows())
            if isinstance(broken, ChainBreak):
                raise IntegrityError(
                    f"the audit chain breaks at row {broken.seq}: {broken.reason}",
                    subject=source.name,
                    hint="Ask the sender for a sound archive.",
                )
            with place.write("own") as own:
                for entry in own.outbox.undelivered():
                    dropped = {"state": "dropped", "reason": "the client was handed over", "message": None}
                    own.outbox.put(entry.model_copy(update=dropped))
                own.audit.append(now, "client.import", client.id, exported_at=manifest.exported_at.isoformat())
        places.mark_listed(client.id)
    except BaseException:
        places.close_client(client.id)
        shutil.rmtree(folder, ignore_errors=True)
        with places.shared().write() as unit:
            unit.clients.remove(client.id)
        raise
    return client


def _read_manifest(archive: zipfile.ZipFile, source: Path) -> Manifest:
    infos = {info.filename: info for info in archive.infolist()}
    if MANIFEST not in infos:
        raise BadInputError(
            "has no manifest", subject=source.name, hint="Choose a file that `vciso client export` wrote."
        )
    if len(infos) > MAX_FILES or sum(info.file_size for info in infos.values()) > MAX_BYTES:
        raise BadInputError(
            f"holds more than {MAX_FILES:,} files or {MAX_BYTES >> 30} GiB",
            subject=source.name,
            hint="Export it again.",
        )
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise BadInputError(
            f"the manifest cannot be read: {first['msg']}", subject=source.name, hint="Export it again."
        ) from None
    if manifest.format > FORMAT or manifest.schema_revision > HEADS["client"]:
        raise BadInputError("was written by a newer release", subject=source.name, hint="Upgrade vciso and try again.")
    listed = {file.path for file in manifest.files} | {MANIFEST}
    if listed != set(infos):
        raise IntegrityError(
            "its files are not those of its manifest", subject=source.name, hint="Ask the sender for a sound archive."
        )
    return manifest


def _unpack(archive: zipfile.ZipFile, manifest: Manifest, folder: Path, source: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    for file in manifest.files:
        inner = PurePosixPath(file.path)
        if inner.is_absolute() or ".." in inner.parts or "\\" in file.path or ":" in inner.parts[0]:
            raise BadInputError(f"names a file outside itself ({file.path})", subject=source.name)
        target = folder / inner
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(file.path) as inside, target.open("wb") as outside:
            shutil.copyfileobj(inside, outside, 1 << 20)
        if target.stat().st_size != file.size or _sha256(target) != file.sha256:
            raise IntegrityError(
                f"{file.path} is not as the manifest says",
                subject=source.name,
                hint="Ask the sender for a sound archive.",
            )
    if stamped_revision(folder / DATABASES["client"]) is None:
        raise BadInputError("holds no client database", subject=source.name, hint="Export it again.")


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
