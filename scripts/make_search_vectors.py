"""Makes the sentence vectors of the shipped packs: `python scripts/make_search_vectors.py` after a change to a pack.

With `--check` it only says whether a text of a pack has no vector.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from knowledge.search.encoder import model
from knowledge.search.entries import requirement_entry
from knowledge.search.partition import shipped_packs
from knowledge.search.shipped import FILE, TextVectors, gather

TARGET = Path(__file__).resolve().parent.parent / "knowledge" / "search" / "data" / FILE


def texts() -> list[str]:
    """Every text of every pack that the encoder reads, each once, in order of packs and rows."""
    found: dict[str, None] = {}
    for pack in shipped_packs():
        for row in pack.requirements:
            found.update(dict.fromkeys(requirement_entry(pack, row).sentences))
    return list(found)


def present() -> TextVectors | None:
    """What the file holds now."""
    if not TARGET.is_file():
        return None
    with np.load(TARGET, allow_pickle=False) as found:
        return TextVectors(str(found["model"]), found["keys"], found["vectors"], found["scales"])


def main(arguments: list[str]) -> int:
    """Embeds what is new, keeps what is there, drops what no pack has any more."""
    wanted = texts()
    encoder = model()
    old = present()
    if old is None or old.model != encoder.digest:
        old = gather(encoder.digest, [], np.zeros((0, encoder.dimensions), np.float32))
    vectors, have = old.find(wanted)
    new = [row for row, there in enumerate(have) if not there]
    if "--check" in arguments:
        print(f"{len(new)} of {len(wanted)} texts have no vector")
        return 1 if new else 0
    start = time.perf_counter()
    # What is kept goes through one byte a component again: the same scale gives the same bytes.
    if new:
        vectors[new] = encoder.encode([wanted[row] for row in new])
    gather(encoder.digest, wanted, vectors).save(TARGET)
    spent = time.perf_counter() - start
    print(f"{len(wanted)} texts, {len(new)} embedded in {spent:.0f} s, {TARGET.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
