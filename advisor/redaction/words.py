"""The word lists of redaction, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml


@cache
def word_list(name: str) -> frozenset[str]:
    """A list of `data/words.yaml`: one text of words with spaces between."""
    text = resources.files("advisor.redaction").joinpath("data/words.yaml").read_text(encoding="utf-8")
    return frozenset(str(yaml.safe_load(text)[name]).split())


@cache
def ordinary_words() -> frozenset[str]:
    """Ordinary English words in lower case, as the matcher of product names has them."""
    text = resources.files("advisor.triage").joinpath("data/common_words.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
