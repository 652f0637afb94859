"""Writes a file whole or not at all."""

from __future__ import annotations

from pathlib import Path

from knowledge.errors import StoreError


def write_text(target: Path, text: str) -> Path:
    """Writes UTF-8 text beside the target and moves it there, making the folder (mode 700) where it is missing.

    Raises:
        StoreError: the disk refused; the file of an earlier run is as it was.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"cannot be written ({error.strerror})", subject=str(target), hint="Free some space and run it again."
        ) from None
    return target
