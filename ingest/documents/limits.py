"""How much of a document is read; each limit is named in the sentence that refuses it."""

from __future__ import annotations

from ingest.sandbox import Limits

LIMITS = Limits(input_mb=50.0)
"""Of one child process; a long PDF is read by several in turn."""
MAX_CHARS = 4_000_000
"""Characters of text in a document, about 1,000 dense pages."""
MAX_BLOCKS = 60_000
"""Paragraphs, list items, table rows and headings."""
MAX_PART_MB = 60.0
"""Inflated size of one part of a DOCX that is read (pictures are not)."""
MAX_ZIP_PARTS = 5_000
"""Parts of a DOCX."""
MAX_PAGES = 3_000
"""Pages of a PDF."""
MAX_PAGE_CHARS = 200_000
"""Characters drawn on one page of a PDF."""
MAX_CONTENT_MB = 12.0
"""Drawing instructions of one page of a PDF, inflated."""
MAX_ROUNDS = 40
"""Child processes that read one PDF in turn."""
ROUND_SECONDS = 4.0
"""Time after which a child hands a PDF over to the next, at a page border."""
MAX_DEPTH = 200
"""Elements within each other in HTML, blocks within each other in Markdown."""
MAX_HIDDEN = 40
"""Hidden places that are listed one by one."""
MAX_NOTES = 40
"""Remarks on one document."""
