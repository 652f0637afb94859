"""Reads a Chroma folder in a process of its own: what damaged files do to a reader ends with that process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

COLLECTION = "vectors"
PAGE = 5_000


def open_client(folder: Path) -> Any:
    """An embedded client on a folder, without telemetry, embedder, server or settings from files."""
    import chromadb
    from chromadb.config import Settings

    # A client of this path may have been opened before: its cached system would answer from old files.
    chromadb.api.client.SharedSystemClient.clear_system_cache()
    settings = Settings(_env_file=None, anonymized_telemetry=False, allow_reset=False)
    return chromadb.PersistentClient(path=str(folder), settings=settings)


def main(folder: Path, out: Path) -> int:
    """Writes every id and vector to `out` (npz: ids, vectors); ends with 0 when all of it could be read."""
    import numpy as np

    client = open_client(folder)
    collection = client.get_collection(COLLECTION, embedding_function=None)
    ids: list[str] = []
    vectors: list[Any] = []
    total = collection.count()
    for offset in range(0, total, PAGE):
        page = collection.get(limit=PAGE, offset=offset, include=["embeddings"])
        ids.extend(page["ids"])
        vectors.append(np.asarray(page["embeddings"], np.float32))
    matrix = np.concatenate(vectors) if vectors else np.zeros((0, 0), np.float32)
    np.savez(out, ids=np.array(ids, dtype=np.str_), vectors=matrix)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
