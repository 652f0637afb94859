"""Sentence vectors for a partition: shipped ones, those of the place's index, and new ones for what neither has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from knowledge.search.bert import Floats
from knowledge.search.chunks import CHUNKER
from knowledge.search.encoder import Model
from knowledge.search.index import MANIFEST, Stored, VectorIndex
from knowledge.search.interface import Health, Indexed, Progress
from knowledge.search.shipped import shipped, text_key

STEP = 1_024
"""Texts that are embedded between two reports of progress."""
SHORT_STEP = 64
"""The same where the work may be stopped: a batch takes a second or two, and who stops it does not wait for more."""
_guard = threading.RLock()
_read: dict[Path, tuple[tuple[int, int], Stored]] = {}


def vector_id(owner: str, text: str) -> str:
    """`doc:d-0123456789ab:89abcdef01234567`: whose text, and the hash of the text; never the text."""
    return f"{owner}:{text_key(text):016x}"


def index_of(place_folder: Path, model: Model) -> VectorIndex:
    """The index of a place for a model."""
    return VectorIndex(place_folder, model.digest, CHUNKER)


def load(index: VectorIndex) -> tuple[Health, Stored]:
    """What the folder holds. Read and checked once a process: what this process wrote last is taken as known."""
    with _guard:
        stamp = _stamp(index)
        known = _read.get(index.folder)
        if known is not None and stamp is not None and known[0] == stamp:
            return Health("sound", vectors=len(known[1].ids)), known[1]
        quick = index.read_quickly()
        if quick is not None:
            _remember(index, quick)
            return Health("sound", vectors=len(quick.ids)), quick
        health, stored = index.read()
        _remember(index, stored if health.state == "sound" else None)
        if health.state == "sound":
            index.keep(stored)
        return health, stored


def forget(place_folder: Path) -> None:
    """Drops what this process remembers of an index folder."""
    with _guard:
        for folder in [folder for folder in _read if folder.parent == place_folder]:
            del _read[folder]


def sync(
    index: VectorIndex,
    wanted: Mapping[str, str],
    model: Model,
    *,
    owners: Collection[str] | None = None,
    under: str = "",
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[Stored, Indexed]:
    """Makes the index hold exactly the wanted vectors (id -> text); an index that is not sound is made anew.

    Args:
        owners: only vectors of these owners may be removed; None means any.
        under: only vectors whose owner begins so may be removed.
        stop: asked between short steps; what was embedded by then is kept.
    """
    with _guard:
        health, stored = load(index)
        rebuilt = ""
        if health.state in {"damaged", "stale"}:
            stored, rebuilt = index.reset(), health.reason
        have = stored.rows()
        missing = [name for name in wanted if name not in have]
        extra = [name for name in stored.ids if name not in wanted and name.startswith(under) and _owned(name, owners)]
        parts: list[Floats] = []
        # Texts of like length pad each other least: sorted over all of them, not within a step.
        missing.sort(key=lambda name: -len(wanted[name]))
        step = SHORT_STEP if stop else STEP
        for start in range(0, len(missing), step):
            if stop and stop():
                missing = missing[:start]
                break
            if progress:
                progress(start, len(missing), "vectors")
            parts.append(model.encode([wanted[name] for name in missing[start : start + step]]))
        if progress and missing:
            progress(len(missing), len(missing), "vectors")
        if missing or extra:
            vectors = np.concatenate(parts) if parts else np.zeros((0, stored.vectors.shape[1]), np.float32)
            stored = index.write(stored, missing, vectors, extra)
            index.keep(stored)
            _remember(index, stored)
        return stored, Indexed(len(missing), len(have.keys() & wanted.keys()), len(extra), rebuilt)


def spread(
    texts: Sequence[str], owners: Sequence[str], stored: Stored | None, model: Model
) -> tuple[Floats, list[int]]:
    """One row for each text, zeros where there is no vector, and the rows that have none."""
    table = shipped()
    if table.model == model.digest:
        rows, have = table.find(texts)
    else:
        rows, have = np.zeros((len(texts), model.dimensions), np.float32), np.zeros(len(texts), np.bool_)
    if stored is not None and len(stored.ids):
        at = stored.rows()
        for row in map(int, np.flatnonzero(~have)):
            found = at.get(vector_id(owners[row], texts[row]))
            if found is not None:
                rows[row], have[row] = stored.vectors[found], True
    return rows, [int(row) for row in np.flatnonzero(~have)]


def _stamp(index: VectorIndex) -> tuple[int, int] | None:
    try:
        status = (index.folder / MANIFEST).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def _remember(index: VectorIndex, stored: Stored | None) -> None:
    stamp = _stamp(index)
    if stored is None or stamp is None:
        _read.pop(index.folder, None)
    else:
        _read[index.folder] = (stamp, stored)


def _owned(name: str, owners: Collection[str] | None) -> bool:
    return owners is None or name.rsplit(":", 1)[0] in owners
