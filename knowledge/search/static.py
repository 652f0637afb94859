"""Token vectors: a text's vector is the weighted mean of its tokens', so it is there at once and needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.search.bert import Floats, supported

COMMON = 1e-3
"""Smoothing of Arora, Liang and Ma 2017 ("a simple but tough-to-beat baseline"): weight a / (a + p(token))."""
FIRST_WORD = 1_000
"""Where whole words begin in BERT's vocabulary, which lists them by falling frequency."""
NAME = "embeddings.word_embeddings.weight"


class StaticTable:
    """A vector for each token of a model; its files are read when the first text is encoded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, zeros for a text without a token."""
        tokenizer, table, middle, weight = _read(self._folder)
        found = np.zeros((len(texts), table.shape[1]), np.float32)
        for row, encoding in enumerate(tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            ids = np.array(encoding.ids, np.int64)
            if len(ids):
                found[row] = weight[ids] @ (table[ids] - middle)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(length, 1e-9), np.float32)


def rarity(size: int) -> Floats:
    """The weight of each token by its place in the vocabulary, taking its frequency as 1 / (10 * rank) (Zipf)."""
    rank = np.maximum(np.arange(size) - (FIRST_WORD - 100), 1)
    likely = np.where(np.arange(size) < FIRST_WORD, 1 / 3_000, 0.1 / rank)
    return np.asarray(COMMON / (COMMON + likely), np.float32)


def static_table(folder: Path) -> StaticTable | None:
    """The input embeddings of a BERT model, centred and weighted by rarity; None for another kind of model.

    Nothing is shipped for it and nothing is trained: the rows are read from the model's own file.
    """
    return StaticTable(folder) if supported(folder) else None


@cache
def _read(folder: Path) -> tuple[Any, Floats, Floats, Floats]:
    """The tokenizer, one row a token, their mean, and the weight of each by how rare it is."""
    from safetensors import safe_open
    from tokenizers import Tokenizer

    with safe_open(folder / "model.safetensors", framework="numpy") as file:
        rows = np.asarray(file.get_tensor(NAME), np.float32)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer, rows, np.asarray(rows.mean(axis=0), np.float32), rarity(len(rows))
