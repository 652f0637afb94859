"""Token vectors: a text's vector is the weighted mean of its tokens', so it is there at once and needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.search.bert import Floats


@dataclass(frozen=True)
class StaticTable:
    """A vector for each token of a tokenizer."""

    tokenizer: Any
    table: NDArray[Any]
    """One row a token, already weighted by how rare it is and centred."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, zeros for a text without a token."""
        width = self.table.shape[1]
        found = np.zeros((len(texts), width), np.float32)
        for row, encoding in enumerate(self.tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            if encoding.ids:
                found[row] = self.table[np.array(encoding.ids)].astype(np.float32).sum(axis=0)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(length, 1e-9), np.float32)
