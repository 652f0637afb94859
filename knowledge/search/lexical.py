"""Words: stemmed BM25 over whole entries, with acronyms of the field spelled out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from knowledge.errors import SettingsError
from knowledge.search.acronyms import expand
from knowledge.search.bert import Floats

_WORD = re.compile(r"[^\W_]+(?:[-'.][^\W_]+)*")
# Function words, and the words of questions and demands that say nothing about the subject.
STOP = frozenset(
    """
    a about after again all also am an and any are as at be because been before being between both but by can cannot
    could did do does doing done each either else ever every few for from further get gets got had has have having he
    her here hers him his how however i if in into is it its itself just let like made make makes many may me might
    more most much must my need needs no nor not of off on once one only or other our ours out over own per please
    quite really same say says shall she should show so some such tell than that the their theirs them then there these
    they this those through thus to too under until up upon us use used using very want was we were what when where
    whether which while who whom whose why will with within without would yes yet you your yours
    """.split()
)


def stem_words(texts: Sequence[str]) -> list[list[str]]:
    """Lower-case Snowball stems (Porter 2, English) of the words of each text, stop words left out.

    A hyphened word counts whole and in its parts: `multi-factor` is found by `multifactor` and by `factor`.

    Raises:
        SettingsError: the extra `search` is not installed.
    """
    try:
        import Stemmer
    except ImportError:
        raise SettingsError(
            "PyStemmer is not installed", subject="search", hint="Install it: pip install 'vciso-copilot[search]'."
        ) from None
    stemmer = Stemmer.Stemmer("english")
    found = []
    for text in texts:
        words: list[str] = []
        for match in _WORD.finditer(text.casefold()):
            word = match.group().replace("'", "")
            parts = re.split(r"[-.]", word)
            if len(parts) > 1:
                words.append("".join(parts))
            words.extend(part for part in parts if part not in STOP)
        found.append(stemmer.stemWords(words))
    return found


class Lexical:
    """BM25 (Lucene's variant, k1 1.2, b 0.75) by bm25s."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        self._size = len(texts)
        self._index: Any = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        corpus = stem_words(texts)
        self._empty = not any(corpus)
        if not self._empty:
            self._index.index(corpus, show_progress=False)
        self._sets = [frozenset(words) for words in corpus]

    def scores(self, query: str) -> Floats:
        """A score for every entry, 0 where no word meets. Words that acronyms stand for count half."""
        if self._empty:
            return np.zeros(self._size, np.float32)
        scores = self._get(stem_words([query])[0])
        for phrase in expand(query):
            scores = scores + 0.5 * self._get(stem_words([phrase])[0])
        return np.asarray(scores, np.float32)

    def _get(self, words: list[str]) -> Floats:
        known = [word for word in words if word in self._index.vocab_dict]
        if not known:
            return np.zeros(self._size, np.float32)
        return np.asarray(self._index.get_scores(known), np.float32)

    def matched(self, query: str, row: int) -> tuple[str, ...]:
        """Words of the question, as typed, that an entry has in some form."""
        typed = dict.fromkeys(_WORD.findall(" ".join((query, *expand(query)))))
        return tuple(word for word in typed if set(stem_words([word])[0]) & self._sets[row])
