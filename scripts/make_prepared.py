"""Makes what is derived from the shipped packs: `python scripts/make_prepared.py` after a change to a pack.

That is the packs as JSON, the rarity of their words, the words of the lexical index, and the rows of the search. Where
texts are new, scripts/make_search_vectors.py makes their sentence vectors first, which takes minutes.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from advisor.grounding import words
from knowledge.frameworks import loader, prepared
from knowledge.search import acronyms, layout, lexical, partition, shipped

HERE = Path(__file__).resolve().parent.parent


def main() -> int:
    """Writes the four files."""
    packs = HERE / "knowledge" / "frameworks" / "data" / prepared.FILE
    known: dict[str, tuple[Traversable, Any]] = {f.name: (f, loader.from_yaml(f)) for f in loader.data_files()}
    acronym = files("knowledge.search") / "data" / acronyms.ACRONYMS
    known[acronym.name] = (acronym, loader.yaml_rows(acronym.read_text(encoding="utf-8"), acronym.name))
    packs.write_text(prepared.prepare(known), "utf-8")
    prepared.document.__globals__["_prepared"].cache_clear()
    rarity = HERE / "advisor" / "grounding" / "data" / words.RARITY
    rarity.write_text(words.prepared(), "utf-8")
    index = HERE / "knowledge" / "search" / "data" / lexical.SHIPPED
    entries = partition.build("shared", partition.shipped_packs(), {}).collection.entries
    lexical.make([entry.words for entry in entries]).save(index)
    rows = HERE / "knowledge" / "search" / "data" / layout.SHIPPED
    partition.rows_to_ship(shipped.shipped().places).save(rows)
    for file in (packs, rarity, index, rows):
        print(f"{file.relative_to(HERE)}: {file.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
