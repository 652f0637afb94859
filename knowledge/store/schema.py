"""Brings a place's database to the newest schema: backup first, newer schemas refused, nothing half-way."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import DatabaseError

from knowledge.errors import IntegrityError, StoreError
from knowledge.store.engine import Database, copy_database, make_engine, translate

Kind = Literal["shared", "client"]

HEADS: dict[Kind, str] = {"shared": "0003", "client": "0008"}
"""Newest revision of each chain of migrations; a test holds it against the files, so that opening needs no Alembic."""

KEPT_BACKUPS = 3


def stamped_revision(path: Path) -> str | None:
    """The schema revision in a database file; None for a new or empty one.

    Raises:
        IntegrityError: the file is not a database.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    raw = sqlite3.connect(path)
    try:
        row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return None
    except sqlite3.DatabaseError:
        raise IntegrityError(
            "is not a database or is damaged",
            subject=str(path),
            hint="Restore a copy from the backups folder beside it.",
        ) from None
    finally:
        raw.close()
    return str(row[0]) if row else None


def open_database(path: Path, kind: Kind, *, now: datetime) -> Database:
    """Opens a database at the newest schema; an older one is copied to `backups/` and migrated first.

    Raises:
        StoreError: the schema is newer than this release knows, or the disk refused.
        IntegrityError: the file is damaged.
    """
    revision = stamped_revision(path)
    if revision != HEADS[kind]:
        _migrate(path, kind, revision, now)
    return Database(path)


def _migrate(path: Path, kind: Kind, revision: str | None, now: datetime) -> None:
    # Alembic takes a third of a second to import; most runs find the newest schema and never get here.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(files("knowledge.store") / "migrations" / kind))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreError(
            f"was written by a newer release (schema {revision}, this one knows up to {HEADS[kind]})",
            subject=str(path),
            hint="Upgrade vciso; the file was not touched.",
        )
    if revision is not None:
        backup(path, f"before-{HEADS[kind]}", now)
    engine = make_engine(path)
    try:
        # One transaction over all steps (DDL is transactional in SQLite), so a kill leaves the old schema.
        with engine.connect().execution_options(vciso_write=True) as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DatabaseError as error:
        raise translate(error, str(path)) from error
    finally:
        engine.dispose()


def backup(path: Path, label: str, now: datetime) -> Path:
    """Copies a database to `backups/` beside it and keeps the newest three copies.

    Returns:
        The copy's path.
    """
    folder = path.parent / "backups"
    folder.mkdir(exist_ok=True)
    target = folder / f"{path.stem}-{now:%Y%m%dT%H%M%SZ}-{label}.sqlite3"
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    copy_database(path, part)
    part.replace(target)
    for old in sorted(folder.glob(f"{path.stem}-*.sqlite3"))[:-KEPT_BACKUPS]:
        old.unlink()
    return target
