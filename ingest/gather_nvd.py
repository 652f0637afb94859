"""Asks NVD for what was modified since the last time, window by window and page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ingest import sandbox
from ingest.gather import PARSE_LIMITS, Gathered, Tools, fetch, refused
from ingest.sources import nvd
from ingest.sources.fields import utc
from knowledge.errors import BadInputError
from knowledge.records.source import Skip, Source, SourceState

SHORTEST = timedelta(hours=1)
"""A window is not halved below this: it is read whole, however many pages a mass update makes of it."""
MAX_WINDOW_PAGES = 200


def modified_since(source: Source, state: SourceState | None, tools: Tools) -> Gathered:
    """Read the CVEs modified since the cursor, oldest window first.

    A window with more pages than are left for this run is halved, so that the cursor (the end of the last window that
    was read whole) always moves. A failing page ends the run; what came before it is kept.
    """
    since = _since(state, tools.now)
    todo = nvd.windows(since, tools.now)[::-1]
    parsed: list[dict[str, Any]] = []
    cursor, pages_left = since, nvd.CONFIG.max_pages
    while todo and pages_left > 0:
        begin, end = todo.pop()
        window = _Window(source, tools, begin, end, pages_left)
        result = window.read()
        pages_left -= window.asked
        if result is None:
            middle = begin + (end - begin) / 2
            todo += [(middle, end), (begin, middle)]
            continue
        parsed += window.pages
        if result.outcome != "read":
            if not parsed:
                return result
            note = Skip(subject="further pages", reason=f"were not read: NVD {result.sentence}")
            return Gathered("read", parsed=tuple(parsed), skipped=(note,), cursor=_text(cursor))
        cursor = end
    notes: tuple[Skip, ...] = ()
    if todo:
        notes = (Skip(subject=f"changes after {cursor:%d %b %Y %H:%M} UTC", reason="are read at the next check"),)
    return Gathered("read", parsed=tuple(parsed), skipped=notes, cursor=_text(cursor))


class _Window:
    """The pages of one window."""

    def __init__(self, source: Source, tools: Tools, begin: datetime, end: datetime, pages_left: int) -> None:
        self._source, self._tools = source, tools
        self._begin, self._end, self._pages_left = begin, end, pages_left
        self.pages: list[dict[str, Any]] = []
        self.asked = 0
        self._divisible = end - begin > SHORTEST

    def read(self) -> Gathered | None:
        """Read all pages; None when they are too many or one is too large, and the window can be halved."""
        start = 0
        while True:
            if self.asked >= (self._pages_left if self._divisible else MAX_WINDOW_PAGES):
                return None if self._divisible else Gathered("too-large", "has more pages for one hour than are read")
            url = nvd.window_url(self._source.url, self._begin, self._end, start)
            page = ask_page(self._source, url, self._tools)
            self.asked += 1
            if isinstance(page, Gathered):
                return None if page.outcome == "too-large" and self._divisible else page
            pages_needed = -(-page["total"] // nvd.CONFIG.page_size)
            if start == 0 and pages_needed > self._pages_left and self._divisible:
                return None
            self.pages.append(page)
            start += page["count"]
            self._tools.progress(f"NVD: {start} of {page['total']} changed CVEs")
            if page["count"] == 0 or start >= page["total"]:
                return Gathered("read")


def ask_page(source: Source, url: str, tools: Tools) -> dict[str, Any] | Gathered:
    """Fetch and parse one page; a failure comes back as Gathered."""
    result = fetch(source, url, tools)
    if result.outcome != "read":
        return Gathered(result.outcome, result.sentence, url=source.url, retry_after=result.retry_after)
    try:
        page: dict[str, Any] = sandbox.run_parser(
            "source.nvd", result.body, subject=source.title, limits=PARSE_LIMITS["nvd"]
        )
    except BadInputError as error:
        return refused(error)
    return page


def _since(state: SourceState | None, now: datetime) -> datetime:
    if state is None or not state.cursor:
        return now - nvd.CONFIG.first_window
    try:
        return min(utc(state.cursor), now)
    except ValueError:
        return now - nvd.CONFIG.first_window


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
