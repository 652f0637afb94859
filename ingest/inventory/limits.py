"""How large an inventory may be; every refusal names the limit it met."""

from __future__ import annotations

MAX_ROWS = 50_000
"""Lines of a table, header included."""
MAX_COLUMNS = 500
MAX_CELLS = 2_000_000
MAX_CELL_CHARS = 100_000
"""Characters of one cell that a parser hands on; a field keeps at most knowledge.records.asset.MAX_FIELD of them."""
MAX_COMPONENTS = 20_000
"""Components and services of one CycloneDX or SPDX document."""
MAX_DEPTH = 32
"""Levels of components inside components."""
MAX_HOSTS = 70_000
"""Hosts of one nmap report: a little more than a /16."""
MAX_WORKBOOK_CELLS = 100_000
"""Cells of a workbook, formatted empty ones included; openpyxl reads about 33,000 a second."""
MAX_SHEET_MB = 40.0
"""Inflated size of one part of a workbook."""
MAX_WORKBOOK_MB = 80.0
"""Inflated size of all parts of a workbook."""
MAX_PARTS = 2_000
"""Parts of a workbook."""
