"""Certificates for tests, made by the openssl command."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
"""Arguments of `openssl req` for a new key without a password."""


def openssl_in(home: Path) -> Callable[..., None]:
    """The openssl command, run in a folder; skips the test where there is none."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=home, check=True, capture_output=True, timeout=60)

    try:
        openssl("version")
    except (OSError, subprocess.SubprocessError):
        pytest.skip("no openssl command to make certificates with")
    return openssl
