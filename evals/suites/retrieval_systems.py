"""The systems of the retrieval suite: LangChain's default pipeline and plain BM25 as baselines, and ours."""

from __future__ import annotations

import gc
import importlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import psutil

from evals.suites.retrieval_data import Bench, QuerySet
from knowledge.errors import SettingsError
from knowledge.search.corpus import Corpus
from knowledge.search.encoder import Model
from knowledge.search.shipped import shipped

DEPTH = 100
"""How many documents a system gives for a query; every metric looks at 10 at most."""


class System(Protocol):
    """Ranks the corpus for a query."""

    def search(self, text: str) -> list[str]:
        """Ids of documents, best first, each once."""
        ...


Maker = Callable[[Bench, Model], Callable[[QuerySet], System]]
"""Indexes a corpus once, then gives a system for each query set."""


class LangChain:
    """RecursiveCharacterTextSplitter 1000/200, Chroma, similarity search: the tutorial's pipeline, same encoder."""

    def __init__(self, bench: Bench, model: Model) -> None:
        try:
            splitters = importlib.import_module("langchain_text_splitters")
            chroma = importlib.import_module("langchain_chroma")
        except ImportError:
            raise SettingsError(
                "the baseline needs langchain-text-splitters and langchain-chroma",
                subject="evals retrieval",
                hint="Install them: pip install 'vciso-copilot[evals]'.",
            ) from None
        embeddings = importlib.import_module("langchain_core.embeddings").Embeddings

        class Same(embeddings):  # type: ignore[misc, valid-type]
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return [list(map(float, row)) for row in model.encode(texts)]

            def embed_query(self, text: str) -> list[float]:
                return list(map(float, model.encode([text])[0]))

        splitter = splitters.RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        texts, meta = [], []
        for row in bench.rows:
            for chunk in splitter.split_text(full_text(row)):
                texts.append(chunk)
                meta.append({"id": str(row["id"])})
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._store: Any = chroma.Chroma.from_texts(texts, Same(), metadatas=meta, persist_directory=self._folder.name)

    def search(self, text: str) -> list[str]:
        """Documents in the order of their best chunk."""
        found = self._store.similarity_search(text, k=DEPTH)
        return list(dict.fromkeys(str(chunk.metadata["id"]) for chunk in found))


class PlainBm25:
    """bm25s over the full text with its own English stop words, no stemming."""

    def __init__(self, bench: Bench) -> None:
        self._lib = importlib.import_module("bm25s")
        self._ids = [str(row["id"]) for row in bench.rows]
        self._index = self._lib.BM25()
        tokens = self._lib.tokenize([full_text(row) for row in bench.rows], stopwords="en", show_progress=False)
        self._index.index(tokens, show_progress=False)

    def search(self, text: str) -> list[str]:
        """Documents by score."""
        tokens = self._lib.tokenize([text], stopwords="en", show_progress=False)
        found, _ = self._index.retrieve(tokens, k=min(DEPTH, len(self._ids)), show_progress=False)
        return [self._ids[int(i)] for i in found[0]]


def full_text(row: dict[str, Any]) -> str:
    """All words of a row, as a pipeline without structure would read them."""
    return "\n\n".join(str(row.get(name) or "") for name in ("title", "text", "discussion")).strip()


@dataclass(frozen=True)
class Timed:
    """What a system cost."""

    index_seconds: float
    memory_mb: float
    """How much more memory the process held after indexing; the encoder itself was loaded before."""


def timed(maker: Maker, bench: Bench, model: Model) -> tuple[Callable[[QuerySet], System], Timed]:
    """Indexes the corpus and says what that cost."""
    gc.collect()
    before = psutil.Process().memory_info().rss
    start = time.perf_counter()
    made = maker(bench, model)
    seconds = time.perf_counter() - start
    gc.collect()
    return made, Timed(seconds, (psutil.Process().memory_info().rss - before) / 1e6)


def langchain(bench: Bench, model: Model) -> Callable[[QuerySet], System]:
    """LangChain's default, the same for every query set."""
    system = LangChain(bench, model)
    return lambda _: system


def bm25(bench: Bench, model: Model) -> Callable[[QuerySet], System]:
    """Plain BM25, the same for every query set."""
    del model
    system = PlainBm25(bench)
    return lambda _: system


def warmed(system: System, text: str) -> System:
    """The system after one query, so that no clock holds what only the first one costs."""
    system.search(text)
    return system


def clocked(system: System, text: str) -> dict[str, Any]:
    """A ranking and its milliseconds."""
    start = time.perf_counter()
    ranked = system.search(text)
    return {"ranked": ranked, "ms": (time.perf_counter() - start) * 1000}


class Ours:
    """The product's pipeline over a foreign corpus."""

    def __init__(self, corpus: Corpus, without: frozenset[str]) -> None:
        self._corpus = corpus
        self._links = corpus.links(without)

    def search(self, text: str) -> list[str]:
        """Ids by fused score."""
        return self._corpus.search(text, self._links, k=DEPTH)


def ours(bench: Bench, model: Model) -> Callable[[QuerySet], System]:
    """The product's pipeline; for each query set without the tables that touch the frameworks it comes from."""
    corpus = Corpus(
        bench.rows,
        encode=model.encode,
        encode_question=model.encode_question,
        framework=bench.framework,
        known=shipped() if shipped().model == model.digest else None,
    )
    return lambda chosen: Ours(corpus, chosen.own)


MAKERS: dict[str, Maker] = {"ours": ours, "langchain": langchain, "bm25": bm25}
