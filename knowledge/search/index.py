"""The vectors of one place: a Chroma folder with a manifest, read and written by a child and made anew when unsound."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from knowledge.errors import StoreError
from knowledge.search.bert import Floats
from knowledge.search.index_child import REFUSED
from knowledge.search.interface import Health

FOLDER = "index"
MANIFEST = "manifest.json"
SNAPSHOT = "snapshot.npz"
"""What was last read or written, with the hash of the files that it was read from: opening Chroma takes seconds."""
FORMAT = 2
"""Two since a process of its own writes: a file of format one may hold what was in the memory of its writer."""
READ_SECONDS = 120
WRITE_SECONDS = 1_800
ENV_KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "HOME", "USERPROFILE")
"""What a child is told of the environment: no setting of ours and no key."""
_MODULUS = 1 << 128


@dataclass(frozen=True)
class Stored:
    """What an index folder holds, in memory."""

    ids: tuple[str, ...] = ()
    vectors: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    checksum: int = 0
    """Sum of `digest(id, vector)` modulo 2**128: order does not matter, and a change is added or taken off."""
    generation: int = 0
    """Goes up by one with every write."""

    def rows(self) -> dict[str, int]:
        """Row of each id."""
        return {name: row for row, name in enumerate(self.ids)}


def digest(name: str, vector: Floats) -> int:
    """128 bits over an id and its float32 vector."""
    data = name.encode() + b"\0" + np.ascontiguousarray(vector, np.float32).tobytes()
    return int.from_bytes(hashlib.blake2b(data, digest_size=16).digest())


class VectorIndex:
    """One index folder. Its process holds the place's lock; ids tell whose text a vector is of, never the text."""

    def __init__(self, place_folder: Path, model: str, chunker: str) -> None:
        self.folder = place_folder / FOLDER
        self.model = model
        self.chunker = chunker

    def read(self) -> tuple[Health, Stored]:
        """Everything in the folder, checked against its manifest; nothing but the reason when it is not sound."""
        nothing = Stored()
        if not self.folder.exists():
            return Health("empty", "there is no index yet"), nothing
        manifest = self._manifest()
        if manifest is None:
            return Health("damaged", "the manifest is missing or damaged"), nothing
        if (manifest["model"], manifest["chunker"], manifest["format"]) != (self.model, self.chunker, FORMAT):
            return Health("stale", "it was made by another model or another version"), nothing
        found = self._read_in_child()
        if isinstance(found, str):
            return Health("damaged", found), nothing
        ids, vectors = found
        checksum = sum(digest(name, row) for name, row in zip(ids, vectors, strict=True)) % _MODULUS
        if len(ids) != manifest["vectors"] or f"{checksum:032x}" != manifest["checksum"]:
            return Health("damaged", "its vectors are not those that were written"), nothing
        return Health("sound", vectors=len(ids)), Stored(ids, vectors, checksum, int(manifest["generation"]))

    def read_quickly(self) -> Stored | None:
        """What `read` found last time, where not one byte of the folder changed since; None otherwise."""
        manifest = self._manifest()
        if manifest is None:
            return None
        if (manifest["model"], manifest["chunker"], manifest["format"]) != (self.model, self.chunker, FORMAT):
            return None
        try:
            with np.load(self.folder / SNAPSHOT, allow_pickle=False) as found:
                if str(found["files"]) != self._files():
                    return None
                ids, vectors = tuple(map(str, found["ids"])), np.asarray(found["vectors"], np.float32)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        if vectors.shape[:1] != (len(ids),) or len(ids) != manifest["vectors"]:
            return None
        checksum = sum(digest(name, row) for name, row in zip(ids, vectors, strict=True)) % _MODULUS
        if f"{checksum:032x}" != manifest["checksum"]:
            return None
        return Stored(ids, vectors, checksum, int(manifest["generation"]))

    def keep(self, stored: Stored) -> None:
        """Writes what `read_quickly` reads; a disk that refuses costs the time of reading Chroma, nothing else."""
        draft = self.folder / f"{SNAPSHOT}.new"
        with contextlib.suppress(OSError), draft.open("wb") as out:
            ids = np.array(stored.ids, dtype=np.str_)
            np.savez(out, files=np.array(self._files()), ids=ids, vectors=stored.vectors)
            draft.replace(self.folder / SNAPSHOT)

    def _files(self) -> str:
        """Hash of every file of Chroma's in the folder."""
        total = hashlib.sha256()
        for file in sorted(self.folder.rglob("*")):
            if file.name not in {MANIFEST, SNAPSHOT, f"{SNAPSHOT}.new", f"{MANIFEST}.new"} and file.is_file():
                total.update(f"{file.relative_to(self.folder).as_posix()}\0{file.stat().st_size}\0".encode())
                total.update(hashlib.sha256(file.read_bytes()).digest())
        return total.hexdigest()

    def write(self, stored: Stored, add: Sequence[str], vectors: Floats, remove: Collection[str]) -> Stored:
        """Adds and removes vectors; `stored` is what `read` or the last `write` gave.

        Raises:
            StoreError: the disk refused.
        """
        gone = set(remove)
        rows = stored.rows()
        checksum = stored.checksum
        for name in gone:
            checksum -= digest(name, stored.vectors[rows[name]])
        for name, row in zip(add, vectors, strict=True):
            checksum += digest(name, row)
        keep = [row for name, row in rows.items() if name not in gone]
        kept = stored.vectors[keep] if keep else np.zeros((0, vectors.shape[1] if len(add) else 0), np.float32)
        after = Stored(
            ids=(*(stored.ids[row] for row in keep), *add),
            vectors=np.concatenate([kept, vectors]) if len(add) else kept,
            checksum=checksum % _MODULUS,
            generation=stored.generation + 1,
        )
        try:
            # Without a manifest the folder counts as damaged: a write that is killed half-way is done anew.
            (self.folder / MANIFEST).unlink(missing_ok=True)
            self._write_chroma(add, vectors, gone)
            self._write_manifest(after)
        except OSError as error:
            raise StoreError(
                f"the search index cannot be written ({error.strerror})",
                subject=str(self.folder),
                hint="Free some space; searching by words still works.",
            ) from None
        return after

    def reset(self) -> Stored:
        """Removes the folder with all in it."""
        if self.folder.is_dir():
            shutil.rmtree(self.folder)
        else:
            self.folder.unlink(missing_ok=True)
        return Stored()

    def _write_chroma(self, add: Sequence[str], vectors: Floats, remove: set[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._room("index-write-") as work:
            change = work / "change.npz"
            gone, new = (np.array(list(ids), dtype=np.str_) for ids in (sorted(remove), add))
            np.savez(change, remove=gone, add=new, vectors=vectors)
            reason = self._child("write", change, WRITE_SECONDS)
        if reason:
            raise StoreError(
                f"the search index cannot be written ({reason})",
                subject=str(self.folder),
                hint="Run it again: a damaged index is made anew.",
            )

    def _manifest(self) -> dict[str, str | int] | None:
        try:
            found = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        names = {"format", "model", "chunker", "generation", "vectors", "checksum"}
        return found if isinstance(found, dict) and found.keys() == names else None

    def _write_manifest(self, stored: Stored) -> None:
        content = {
            "format": FORMAT,
            "model": self.model,
            "chunker": self.chunker,
            "generation": stored.generation,
            "vectors": len(stored.ids),
            "checksum": f"{stored.checksum:032x}",
        }
        draft = self.folder / (MANIFEST + ".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / MANIFEST)

    def _read_in_child(self) -> tuple[tuple[str, ...], Floats] | str:
        """Ids and vectors, or what went wrong."""
        with self._room("index-read-") as work:
            out = work / "read.npz"
            reason = self._child("read", out, READ_SECONDS)
            if reason or not out.is_file():
                return reason or "reading it failed"
            with np.load(out, allow_pickle=False) as found:
                ids = tuple(map(str, found["ids"]))
                vectors: Floats = found["vectors"]
        if vectors.shape[0] != len(ids) or not np.isfinite(vectors).all():
            return "its vectors are not numbers"
        return ids, vectors

    @contextlib.contextmanager
    def _room(self, prefix: str) -> Iterator[Path]:
        """A folder for one child, inside the place: vectors tell much about their texts and leave it no more."""
        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=prefix) as work:
            yield Path(work)

    def _child(self, job: str, file: Path, seconds: int) -> str:
        """Runs one job on this folder in a process that knows nothing else; what went wrong, or nothing."""
        command = [sys.executable, "-P", "-m", "knowledge.search.index_child", job, str(self.folder), str(file)]
        env = {key: os.environ[key] for key in ENV_KEPT if key in os.environ}
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                command, capture_output=True, timeout=seconds, check=False, cwd=file.parent, env=env
            )
        except subprocess.TimeoutExpired:
            return f"it took more than {seconds} s to {job} it"
        if done.returncode == REFUSED:
            return done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:120]
        return f"it failed to {job} it (code {done.returncode})" if done.returncode else ""
