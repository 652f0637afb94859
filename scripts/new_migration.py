"""Writes the next migration of a place from the difference between its tables and its newest schema.

Usage: python scripts/new_migration.py shared|client NUMBER "message"
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from knowledge.store.engine import make_engine


def main() -> None:
    """Autogenerates into the package; read the result before you commit it."""
    kind, number, message = sys.argv[1:4]
    config = Config()
    config.set_main_option("script_location", str(Path("knowledge/store/migrations") / kind))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(Path(folder) / "empty.sqlite3")
        with engine.connect() as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            command.revision(config, message=message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    main()
