"""Reads and writes a Chroma folder in a process of its own.

What damaged files do to a reader ends with that process. And what is written holds nothing but what the process was
given: Chroma's HNSW index allocates room for vectors to come and writes it to disk as it finds it, so that a file would
keep whatever stood in that memory before: another client's text, or a key.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

COLLECTION = "vectors"
PAGE = 5_000
BATCH = 2_000
REFUSED = 3
"""The code that a write ends with when Chroma or the disk said no; the reason is the last line of its errors."""


def open_client(folder: Path) -> Any:
    """An embedded client on a folder, without telemetry, embedder, server or settings from files."""
    import chromadb
    from chromadb.config import Settings

    settings = Settings(_env_file=None, anonymized_telemetry=False, allow_reset=False)
    return chromadb.PersistentClient(path=str(folder), settings=settings)


def read(folder: Path, out: Path) -> int:
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


def write(folder: Path, change: Path) -> int:
    """Removes and adds what `change` says (npz: remove, add, vectors); `REFUSED` and a reason when told no."""
    import numpy as np

    with np.load(change, allow_pickle=False) as found:
        remove, add = list(map(str, found["remove"])), list(map(str, found["add"]))
        vectors = np.asarray(found["vectors"], np.float32)
    from chromadb.errors import ChromaError

    try:
        client = open_client(folder)
        try:
            collection = client.get_or_create_collection(COLLECTION, embedding_function=None)
            for start in range(0, len(remove), BATCH):
                collection.delete(ids=remove[start : start + BATCH])
            for start in range(0, len(add), BATCH):
                collection.upsert(ids=add[start : start + BATCH], embeddings=vectors[start : start + BATCH])
        finally:
            client.close()
    except (ChromaError, OSError, ValueError, RuntimeError) as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    # Where jsonschema finds this one it parses a grammar for seconds, for a check of formats that nothing here uses.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    job = {"read": read, "write": write}[sys.argv[1]]
    raise SystemExit(job(Path(sys.argv[2]), Path(sys.argv[3])))
