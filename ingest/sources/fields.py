"""Small readers that the JSON sources share: ids, dates, texts and the base of their wire models."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from ingest.clean import safe_link, visible

_CVE = re.compile(r"CVE-(\d{4})-(\d{4,12})", re.IGNORECASE)
_CWE = re.compile(r"CWE-\d{1,5}")
_ZONE_WITHOUT_COLON = re.compile(r"([+-]\d{2})(\d{2})$")


class Wire(BaseModel):
    """Part of a foreign document: types are strict, what we do not use is ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


def cve_id(value: str) -> str:
    """Normalise a CVE id.

    Raises:
        ValueError: it is none (`CVE-YYYY-NNNN` with 4 to 12 digits, from 1999 on).
    """
    match = _CVE.fullmatch(value.strip()) if len(value) < 40 else None
    if match is None or not 1999 <= int(match[1]) <= 2100:
        raise ValueError(f"'{value[:40]}' is not a CVE id")
    return f"CVE-{match[1]}-{match[2]}"


def utc(value: str) -> datetime:
    """Read an ISO 8601 date and time; without a zone it is UTC (so NVD and CVE records mean it).

    Raises:
        ValueError: not such a text.
    """
    if len(value) > 60:
        raise ValueError("the date is too long")
    at = datetime.fromisoformat(_ZONE_WITHOUT_COLON.sub(r"\1:\2", value.strip()))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def day(value: str) -> date:
    """Read the day of an ISO date, with or without a time; raises ValueError."""
    return date.fromisoformat(value.strip()[:10])


def _short(limit: int) -> Any:
    def clean(text: str) -> str:
        # Most values are short plain words, and a page of NVD has hundreds of thousands of them.
        if len(text) < 100 and text.isascii() and text.isprintable() and " " not in text:
            return text
        return visible(text)[0][:limit]

    return AfterValidator(clean)


def _none_as_empty(value: Any) -> Any:
    return "" if value is None else value


Name = Annotated[str, BeforeValidator(_none_as_empty), _short(300)]
"""A short text; null counts as empty."""
Words = Annotated[str, BeforeValidator(_none_as_empty), _short(20_000)]
"""A long text; null counts as empty."""
Cve = Annotated[str, AfterValidator(cve_id)]


def cwes_of(values: list[str]) -> tuple[str, ...]:
    """Keep real CWE ids (`CWE-79`), each once, in order."""
    return tuple(dict.fromkeys(value for value in values if _CWE.fullmatch(value)))


def links_of(urls: list[str], limit: int = 100) -> tuple[str, ...]:
    """Keep plain http and https links, each once, in order."""
    return tuple(dict.fromkeys(link for url in urls if (link := safe_link(url))))[:limit]
