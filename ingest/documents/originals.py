"""Keeps the files as they came, by their hash, in the client's place."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Collection
from pathlib import Path

from knowledge.errors import IntegrityError, StoreError
from knowledge.records.document import Document, DocumentKind

FOLDER = "documents"
ENDINGS: dict[DocumentKind, str] = {"docx": "docx", "pdf": "pdf", "markdown": "md", "html": "html", "text": "txt"}


def original_path(place_folder: Path, sha256: str, kind: DocumentKind) -> Path:
    """Where an original lies: `documents/<first two digits>/<sha256>.<ending>`."""
    return place_folder / FOLDER / sha256[:2] / f"{sha256}.{ENDINGS[kind]}"


def keep_original(place_folder: Path, data: bytes, sha256: str, kind: DocumentKind) -> Path:
    """Writes an original whole or not at all; one that is there stays.

    Raises:
        StoreError: the disk refused.
    """
    target = original_path(place_folder, sha256, kind)
    if target.exists() and target.stat().st_size == len(data):
        return target
    part: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    except OSError as error:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        raise StoreError(
            f"cannot be written ({error.strerror})", subject=str(target), hint="Free some space and add it again."
        ) from error
    return target


def read_original(place_folder: Path, document: Document) -> bytes:
    """An original, checked against its hash.

    Raises:
        IntegrityError: it is gone or is not what was added.
    """
    path = original_path(place_folder, document.sha256, document.kind)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"the original cannot be read ({error.strerror})", subject=document.title) from error
    if hashlib.sha256(data).hexdigest() != document.sha256:
        raise IntegrityError("the original is not what was added", subject=document.title, hint="Add the file again.")
    return data


def sweep(place_folder: Path, kept: Collection[str]) -> int:
    """Removes originals that no version has, left by a removal or an interrupted addition.

    Args:
        kept: SHA-256 of every version.

    Returns:
        Number of files removed.

    Raises:
        StoreError: a file cannot be removed.
    """
    removed = 0
    folder = place_folder / FOLDER
    try:
        for path in sorted(folder.glob("??/*")):
            if path.name.partition(".")[0] not in kept or path.suffix == ".part":
                path.unlink(missing_ok=True)
                removed += 1
        for inner in sorted(folder.glob("??")):
            if inner.is_dir() and not any(inner.iterdir()):
                inner.rmdir()
    except OSError as error:
        raise StoreError(f"an original cannot be removed ({error.strerror})", subject=str(folder)) from error
    return removed
