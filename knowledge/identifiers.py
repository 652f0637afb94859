"""Finds CVE ids in text."""

from __future__ import annotations

import re

from knowledge.records.base import CveId

_CVE = re.compile(r"(?<![A-Za-z0-9])CVE[-‐-―\s](\d{4})[-‐-―](\d{4,19})(?!\d)", re.IGNORECASE)


def cve_ids_in(text: str) -> tuple[CveId, ...]:
    """The CVE ids in a text, upper case with plain hyphens, each once, in order of appearance.

    Forms with other dashes (`CVE‑2026‑8037`) and a space after CVE are read too.
    """
    return tuple(dict.fromkeys(f"CVE-{year}-{number}" for year, number in _CVE.findall(text)))
