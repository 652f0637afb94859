"""The vectors of the shipped packs' texts, made once by scripts/make_search_vectors.py and shipped as package data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.search.bert import Floats

FILE = "pack_vectors.npz"


def text_key(text: str) -> int:
    """64 bits of BLAKE2b of a text; 6,000 texts collide with a chance of one in 10**12."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


@dataclass(frozen=True)
class TextVectors:
    """Vectors by the hash of their text, of one model."""

    model: str
    keys: NDArray[np.uint64]
    """Sorted."""
    vectors: NDArray[np.int8]
    """Unit vectors times their scale."""
    scales: NDArray[np.float32]
    """127 over the greatest component of each vector."""

    def find(self, texts: Sequence[str]) -> tuple[Floats, NDArray[np.bool_]]:
        """One row a text, zeros where there is none, and which have one."""
        at = self.places(texts)
        return self.take(at), at >= 0

    def places(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The row of each text's vector here, -1 where there is none."""
        wanted = np.array([text_key(text) for text in texts], np.uint64)
        if not len(self.keys) or not len(wanted):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, at, -1).astype(np.int64)

    def take(self, places: NDArray[np.int64]) -> Floats:
        """The vectors of these rows, zeros for -1."""
        if not len(self.keys):
            return np.zeros((len(places), self.vectors.shape[1] if self.vectors.ndim == 2 else 0), np.float32)
        rows = self.vectors[places] / self.scales[places][:, None]
        rows[places < 0] = 0
        return np.asarray(rows, np.float32)

    def save(self, file: Path) -> None:
        """Writes the file that `shipped` reads."""
        np.savez(file, model=np.array(self.model), keys=self.keys, vectors=self.vectors, scales=self.scales)


def gather(model: str, texts: Sequence[str], vectors: Floats) -> TextVectors:
    """Vectors of texts, sorted by key, in one byte a component: half of float16's size, and a cosine moves by less
    than 0.005.
    """
    keys = np.array([text_key(text) for text in texts], np.uint64)
    if not len(keys):
        return TextVectors(model, keys, np.zeros(vectors.shape, np.int8), np.zeros(0, np.float32))
    order = np.argsort(keys)
    scales = 127 / np.maximum(np.abs(vectors[order]).max(axis=1), 1e-9)
    small = np.rint(vectors[order] * scales[:, None]).astype(np.int8)
    return TextVectors(model, keys[order], small, scales.astype(np.float32))


@cache
def shipped() -> TextVectors:
    """The vectors in the package."""
    with as_file(files("knowledge.search") / "data" / FILE) as file, np.load(file, allow_pickle=False) as found:
        return TextVectors(str(found["model"]), found["keys"], found["vectors"], found["scales"])
