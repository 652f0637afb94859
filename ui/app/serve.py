"""`python -P -m ui.app.serve run app.py ...`: Streamlit's own command line, with the pages' modules read beforehand.

Streamlit reads a script and what it imports only when the first person opens a page, who then waits for it.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

_LOG = logging.getLogger(__name__)

FIRST: Final = (
    "streamlit.elements.lib.image_utils",
    "numpy",
    "PIL.PngImagePlugin",
    "ui.web.views.frame",
    "ui.web.views.portfolio",
)
"""What the first page needs; numpy and PIL are read by Streamlit for the page's icon."""
LAST: Final = ("pandas", "pyarrow", "altair", "vl_convert")
"""What only pictures need, and costs most."""
POLL_SECONDS: Final = 0.05


def warm_up() -> None:
    """Reads what the pages import, in the order in which people need it, once the server stands."""
    from streamlit import runtime

    while not runtime.exists():
        time.sleep(POLL_SECONDS)
    views = import_module("ui.web.views")
    names = [f"{views.__name__}.{one.name}" for one in iter_modules(views.__path__)]
    for name in (*FIRST, *names, *LAST):
        try:
            import_module(name)
        except ImportError as error:  # the page that needs it says so
            _LOG.warning("%s cannot be imported: %s", name, type(error).__name__)


def main() -> None:
    """Starts the server; ends with it."""
    from streamlit.web.cli import main as streamlit

    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    sys.exit(streamlit(prog_name="streamlit"))


if __name__ == "__main__":
    main()
