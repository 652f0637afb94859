"""How large an imported framework may be; every refusal names the limit it met."""

from __future__ import annotations

MAX_REQUIREMENTS = 20_000
MAX_TEXT = 60_000
"""Characters of one requirement's text; what goes beyond is cut and noted."""
MAX_LEVELS = 24
"""Parts inside parts, or controls inside controls."""
MAX_INSERTS = 8
"""Parameters inside choices of parameters."""
MAX_FILES = 20
"""Files that a profile may draw on, itself included."""
MAX_PROFILES = 5
"""Profiles that import profiles."""
MAX_NOTES = 200
