"""Opens the home for the length of one page run, so that the command line can work in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import streamlit as st

from knowledge.errors import VcisoError
from knowledge.places import Places
from knowledge.settings import load_settings


@contextmanager
def opened() -> Iterator[Places]:
    """The home that VCISO_HOME names; an error is shown in its own words and ends the page."""
    try:
        with Places(load_settings(), now=datetime.now(UTC)) as places:
            yield places
    except VcisoError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
