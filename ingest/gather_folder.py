"""The air-gapped way: the same sources read from files in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest import sandbox
from ingest.gather import PARSER_VERSIONS, Gathered, parse_one
from knowledge.errors import BadInputError, NotFoundError
from knowledge.records.source import Skip, Source, SourceKind, SourceState

EXTENSIONS: dict[SourceKind, tuple[str, ...]] = {
    "feed": (".xml", ".rss", ".atom"),
    "kev": (".json",),
    "epss": (".csv.gz", ".csv"),
    "nvd": ("", ".json"),
    "csaf": ("", ".json"),
    "cve5": ("", ".zip", ".json"),
}
"""Looked for in this order behind the source's id; the empty one is a folder of JSON files."""
MAX_FILE_BYTES = 25 * 1024 * 1024
MAX_FILES = 20_000
BATCH_BYTES = 64 * 1024 * 1024


class Folder:
    """A folder of source files.

    Raises:
        NotFoundError: no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotFoundError("is not a folder", subject=str(folder), hint="Give the folder that holds the files.")
        self._folder = folder
        self._root = folder.resolve()

    def find(self, source: Source) -> Path | None:
        """Give the file or folder of a source: its `file`, else its id with an extension of its kind."""
        names = [source.file] if source.file else [source.id + extension for extension in EXTENSIONS[source.kind]]
        for name in names:
            path = (self._folder / name).resolve()
            if path.is_relative_to(self._root) and path != self._root and path.exists():
                return self._folder / name
        return None

    def gather(self, source: Source, state: SourceState | None, now: datetime) -> Gathered:
        """Read a source's file, or all JSON files of its folder; never raises for what is in them."""
        path = self.find(source)
        if path is None:
            looked = source.file or " or ".join(source.id + e for e in EXTENSIONS[source.kind])
            return Gathered("missing", f"has no file in the folder (looked for {looked})")
        try:
            if path.is_dir():
                return _many(source, sorted(path.rglob("*.json"))[: MAX_FILES + 1], path, state)
            if path.stat().st_size > MAX_FILE_BYTES:
                return Gathered("too-large", f"is a file of more than {MAX_FILE_BYTES // 1_048_576} MB")
            return parse_one(source, path.read_bytes(), state, now)
        except OSError as error:
            return Gathered("unreadable", f"cannot be read from the folder ({error.strerror})")

    def unmatched(self, sources: Iterable[Source]) -> tuple[Skip, ...]:
        """Give the files and folders that belong to none of the sources."""
        taken = {
            path.name for source in sources if (path := self.find(source)) is not None and path.parent == self._folder
        }
        taken |= {Path(source.file).parts[0] for source in sources if source.file and self.find(source)}
        names = sorted(path.name for path in self._folder.iterdir() if not path.name.startswith("."))
        return tuple(Skip(subject=name, reason="belongs to no source") for name in names if name not in taken)


def _many(source: Source, paths: list[Path], root: Path, state: SourceState | None) -> Gathered:
    """Read many small documents of one kind, each under its own limits."""
    skipped: list[Skip] = []
    if len(paths) > MAX_FILES:
        skipped.append(Skip(subject="further files", reason=f"only {MAX_FILES} of one folder are read"))
        paths = paths[:MAX_FILES]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(
            f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode("utf-8", "surrogateescape")
        )
        digest.update(hashlib.sha256(_bytes(path)).digest())
    sha256 = digest.hexdigest()
    if state is not None and state.sha256 == sha256 and state.parser_version == PARSER_VERSIONS[source.kind]:
        return Gathered("unchanged", "has the same content as at the last check", sha256=sha256)
    parsed: list[dict[str, Any]] = []
    for batch in _batches(paths):
        documents = [(path.name, _bytes(path)) for path in batch]
        for (name, _), result in zip(
            documents, sandbox.run_parser_many(f"source.{source.kind}", documents), strict=True
        ):
            if isinstance(result, BadInputError):
                skipped.append(Skip(subject=name, reason=result.message))
            else:
                parsed.append(result)
    if not parsed:
        reason = f"{skipped[0].subject} {skipped[0].reason}" if skipped else "has no JSON file in its folder"
        return Gathered("unreadable" if skipped else "empty", reason, skipped=tuple(skipped))
    return Gathered("read", parsed=tuple(parsed), skipped=tuple(skipped), sha256=sha256)


def _bytes(path: Path) -> bytes:
    """Read a file, one byte past the limit at most; the sandbox refuses what is too large."""
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def _batches(paths: list[Path]) -> Iterable[list[Path]]:
    batch: list[Path] = []
    size = 0
    for path in paths:
        batch.append(path)
        size += path.stat().st_size
        if size > BATCH_BYTES or len(batch) >= 500:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
