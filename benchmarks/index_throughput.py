"""How much of a bare encoder's throughput is left when texts are indexed: `python -m benchmarks.index_throughput`.

Both run in this process over the same texts, alternately, best of the runs: bare `SentenceTransformer.encode`, and
`index_document`'s path (cut, hash, embed, write to Chroma, checksum, manifest).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from knowledge.search.encoder import BATCH, Model
from knowledge.search.partition import shipped_packs
from knowledge.search.vectors import index_of, sync, vector_id


def texts(count: int) -> list[str]:
    """Sentences of the shipped packs, numbered so that none is known."""
    found = [f"{row.title}. {row.summary}" for pack in shipped_packs() for row in pack.assessable if row.summary]
    return [f"{found[number % len(found)]} ({number})" for number in range(count)]


def main() -> int:
    """Prints texts a second and the share; ends with 1 below 85 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=2)
    args, _ = parser.parse_known_args()
    corpus = texts(args.texts)
    model = Model()
    model.encode(["warm up"])
    bare: list[float] = []
    indexed: list[float] = []
    for run in range(args.runs):
        start = time.perf_counter()
        model.heavy.encode(corpus, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        bare.append(time.perf_counter() - start)
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            wanted = {vector_id(f"doc:d-{run}", text): text for text in corpus}
            _, done = sync(index_of(Path(folder), model), wanted, model)
            indexed.append(time.perf_counter() - start)
            assert done.embedded == len(corpus)
    share = min(bare) / min(indexed)
    print(f"texts           {len(corpus)}")
    print(f"bare encode     {len(corpus) / min(bare):8.1f} texts/s")
    print(f"indexed         {len(corpus) / min(indexed):8.1f} texts/s")
    print(f"share           {share:8.1%}  (at least 85 %)")
    return 0 if share >= 0.85 else 1


if __name__ == "__main__":
    raise SystemExit(main())
