"""The words of many texts, counted: who has which word, how much BM25 gives for it, and what stands side by side."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.search.bert import Floats

VERSION = "1"
"""Goes up when words are cut, stemmed or weighted otherwise: what was counted before is counted anew."""
_ARRAYS = ("tokens", "offsets", "scores", "rows", "starts")


def texts_digest(texts: Sequence[str]) -> str:
    """Hash of texts in their order, and of the way in which words are counted."""
    total = hashlib.blake2b(f"{VERSION}:{len(texts)}".encode(), digest_size=16)
    for text in texts:
        total.update(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return total.hexdigest()


@dataclass(frozen=True)
class Words:
    """Counted words; arrays, so that they are read from a file in milliseconds."""

    digest: str
    """Of the texts, `texts_digest`."""
    vocabulary: tuple[str, ...]
    """Stems, sorted."""
    tokens: NDArray[np.int32]
    """Numbers of the stems of all texts, one text after the other."""
    offsets: NDArray[np.int64]
    """Where each text begins in `tokens`, and the end."""
    scores: Floats
    """BM25 of each posting, stem by stem."""
    rows: NDArray[np.int32]
    """The text of each posting."""
    starts: NDArray[np.int64]
    """Where the postings of each stem begin, and the end."""
    _number: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_number", {word: at for at, word in enumerate(self.vocabulary)})

    def postings(self, word: str) -> tuple[NDArray[np.int32], Floats]:
        """The texts that have a stem, and what BM25 gives each for it."""
        at = self._number.get(word)
        if at is None:
            return self.rows[:0], self.scores[:0]
        part = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.rows[part], self.scores[part]

    def documents(self, word: str) -> int:
        """How many texts have a stem."""
        return len(self.postings(word)[0])

    def of_row(self, row: int) -> frozenset[str]:
        """The stems of one text."""
        part = self.tokens[int(self.offsets[row]) : int(self.offsets[row + 1])]
        return frozenset(self.vocabulary[at] for at in set(part.tolist()))

    def together(self, left: str, right: str) -> NDArray[np.int64]:
        """The texts in which one stem follows the other, each once."""
        first, second = self._number.get(left), self._number.get(right)
        if first is None or second is None:
            return np.zeros(0, np.int64)
        at = np.flatnonzero((self.tokens[:-1] == first) & (self.tokens[1:] == second))
        rows = np.searchsorted(self.offsets, at, side="right") - 1
        rows = rows[self.offsets[rows + 1] > at + 1]  # the last word of a text has no neighbour
        return rows[np.flatnonzero(np.diff(rows, prepend=-1))]  # they rise; np.unique loads numpy.ma for that

    def save(self, file: Path) -> None:
        """Writes the file that `load` reads."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        words = np.frombuffer("\n".join(self.vocabulary).encode(), np.uint8)
        with file.open("wb") as out:
            np.savez(out, digest=np.array(self.digest), vocabulary=words, **arrays)

    def keep(self, file: Path) -> None:
        """Writes it beside a place's other files, whole or not at all; a disk that refuses costs a second next time."""
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        try:
            self.save(draft)
            draft.chmod(0o600)
            os.replace(draft, file)  # noqa: PTH105 - the atomic call, by its name
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)

    @classmethod
    def load(cls, file: Path, digest: str) -> Words | None:
        """What a file holds, if it is of the texts of this digest; None for another, a missing or a damaged one."""
        try:
            with np.load(file, allow_pickle=False) as found:
                if str(found["digest"]) != digest:
                    return None
                text = found["vocabulary"].tobytes().decode()
                made = cls(digest, tuple(text.split("\n")) if text else (), *(found[name] for name in _ARRAYS))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return made if made.sound else None

    @property
    def sound(self) -> bool:
        """Whether the arrays fit together."""
        return (
            len(self.starts) == len(self.vocabulary) + 1
            and len(self.rows) == len(self.scores)
            and bool(len(self.offsets))
            and int(self.offsets[-1]) == len(self.tokens)
            and int(self.starts[-1]) == len(self.rows)
            and (not len(self.rows) or int(self.rows.max()) < len(self.offsets) - 1)
            and (not len(self.tokens) or int(self.tokens.max()) < len(self.vocabulary))
        )
