"""Words: stemmed BM25 over whole entries, with acronyms of the field spelled out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.errors import SettingsError
from knowledge.search.acronyms import expand
from knowledge.search.bert import Floats
from knowledge.search.words import Words, texts_digest

SHIPPED = "pack_words.npz"
"""Of the shipped packs, made by scripts/make_prepared.py."""
KEPT = "words.npz"
"""Of a place's documents and framework copies, in its folder."""
NEWS_KEPT = "news-words.npz"

_WORD = re.compile(r"[^\W_]+(?:[-'.][^\W_]+)*")
# Function words, and the words of questions and demands that say nothing about the subject.
STOP = frozenset(
    """
    a about after again all also am an and any are as at be because been before being between both but by can
    cannot could did do does doing done each either else ever every few for from further get gets got had has
    have having he her here hers him his how however i if in into is it its itself just let like made make makes
    many may me might more most much must my need needs no nor not of off on once one only or other our ours out
    over own per please quite really same say says shall she should show so some such tell than that the their
    theirs them then there these they this those through thus to too under until up upon us use used using very
    want was we were what when where whether which while who whom whose why will with within without would yes
    yet you your yours
    """.split()  # noqa: SIM905 - a hundred quoted words are not easier to read
)


def stem_words(texts: Sequence[str]) -> list[list[str]]:
    """Lower-case Snowball stems (Porter 2, English) of the words of each text, stop words left out.

    A hyphened word counts whole and in its parts: `multi-factor` is found by `multifactor` and by `factor`.

    Raises:
        SettingsError: the extra `search` is not installed.
    """
    return [[stem for word in _WORD.findall(text.casefold()) for stem in _stems(word)] for text in texts]


@lru_cache(maxsize=100_000)
def _stems(word: str) -> tuple[str, ...]:
    parts = re.split(r"[-.]", word.replace("'", ""))
    words = ["".join(parts)] if len(parts) > 1 else []
    return tuple(_stemmer().stemWords(words + [part for part in parts if part not in STOP]))


@cache
def _stemmer() -> Any:
    try:
        import Stemmer
    except ImportError:
        raise SettingsError(
            "PyStemmer is not installed", subject="search", hint="Install it: pip install 'vciso-copilot[search]'."
        ) from None
    return Stemmer.Stemmer("english")


@lru_cache(maxsize=100)
def _typed(query: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The words of a question as typed, and those of its acronyms, each once with its stems."""
    words = dict.fromkeys(_WORD.findall(" ".join((query, *expand(query)))))
    return tuple((word, frozenset(stem_words([word])[0])) for word in words)


MIN_PAIRS = 4


class Lexical:
    """BM25 (Lucene's variant, k1 1.2, b 0.75) by bm25s over entries whose words were counted once."""

    def __init__(self, texts: Sequence[str], keep: Path | None = None) -> None:
        """Takes the counted words from the package or from `keep`, where they are of these texts; else counts.

        Args:
            texts: the words of each entry.
            keep: the file in which counted words are kept between processes; None keeps nothing.
        """
        self._take(counted(texts, keep))

    @classmethod
    def shipped(cls, digest: str) -> Lexical | None:
        """The words in the package, if they are of the texts of this digest."""
        words = _shipped(digest)
        if words is None:
            return None
        made = cls.__new__(cls)
        made._take(words)
        return made

    def _take(self, words: Words) -> None:
        self._words = words
        self._size = len(words.offsets) - 1

    def scores(self, query: str) -> Floats:
        """A score for every entry, 0 where no word meets. Words that acronyms stand for count half."""
        scores = self._get(stem_words([query])[0])
        for phrase in expand(query):
            scores = scores + np.float32(0.5) * self._get(stem_words([phrase])[0])
        return scores

    def _get(self, words: list[str]) -> Floats:
        found = np.zeros(self._size, np.float32)
        for word in words:
            rows, scores = self._words.postings(word)
            found[rows] += scores  # a row stands once among the postings of a word
        return found

    def phrases(self, query: str) -> Floats:
        """For each entry the share, 0 to 1, of the question's neighbouring word pairs that it has: how much of the
        question is a quotation of it. Below MIN_PAIRS pairs nothing is one.
        """
        found = np.zeros(self._size, np.float32)
        pairs = set(pairwise(stem_words([query])[0]))
        if len(pairs) < MIN_PAIRS:
            return found
        for left, right in pairs:
            found[self._words.together(left, right)] += 1
        return np.asarray(found / len(pairs), np.float32)

    def coverage(self, query: str, rows: Sequence[int]) -> list[float]:
        """For each of these entries the share, 0 to 1, of the question's words that it has, weighted by rarity."""
        words = set(stem_words([query])[0])
        rarity = {word: math.log(1 + self._size / (1 + self._words.documents(word))) for word in words}
        whole = sum(rarity.values()) or 1.0
        return [sum(rarity[word] for word in words & self._words.of_row(row)) / whole for row in rows]

    def matched(self, query: str, row: int) -> tuple[str, ...]:
        """Words of the question, as typed, that an entry has in some form."""
        here = self._words.of_row(row)
        return tuple(word for word, stems in _typed(query) if stems & here)


def counted(texts: Sequence[str], keep: Path | None = None) -> Words:
    """The words of texts: as shipped, as kept in a file, or counted now and then kept there."""
    digest = texts_digest(texts)
    known = _shipped(digest)
    if known is None and keep is not None:
        known = Words.load(keep, digest)
    if known is not None:
        return known
    made = make(texts)
    if keep is not None and made.vocabulary:
        made.keep(keep)
    return made


def _shipped(digest: str) -> Words | None:
    with as_file(files("knowledge.search") / "data" / SHIPPED) as file:
        return Words.load(file, digest)


def make(texts: Sequence[str]) -> Words:
    """Counts the words of texts."""
    corpus = stem_words(texts)
    vocabulary = sorted({word for words in corpus for word in words})
    number = {word: at for at, word in enumerate(vocabulary)}
    tokens = np.array([number[word] for words in corpus for word in words], np.int32)
    offsets = np.cumsum([0, *map(len, corpus)], dtype=np.int64)
    data, rows, starts = np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(1, np.int64)
    if vocabulary:
        import bm25s

        index: Any = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        ids = [tokens[start:end].tolist() for start, end in pairwise(offsets.tolist())]
        index.index((ids, number), show_progress=False)
        data, rows, starts = (np.asarray(index.scores[name]) for name in ("data", "indices", "indptr"))
        starts = starts[: len(vocabulary) + 1]
    return Words(texts_digest(texts), tuple(vocabulary), tokens, offsets, data, rows, starts)
