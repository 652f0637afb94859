"""Pictures on a page, with the same picture as a file for a report."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from ui.render.charts import Picture, picture

MIME: Final[dict[Picture, str]] = {"svg": "image/svg+xml", "png": "image/png"}


def show_chart(chart: Any, paper: Any, *, alt: str, name: str, key: str, width: int = 620) -> None:
    """A picture with two buttons that make a file of it when they are pressed.

    Args:
        chart: as it stands on the page, in the colours of the theme.
        paper: the same on white.
        alt: what it shows, in words.
        name: of the file, without its ending.
        key: of the widgets; one of a client begins as `View.key` makes it.
        width: of the file, in points.
    """
    st.altair_chart(chart, width="stretch", alt=alt)
    with st.container(horizontal=True, gap="small"):
        for form, mime in MIME.items():
            st.download_button(
                f"Picture as {form.upper()}",
                lambda form=form: picture(paper, form, width=width),  # type: ignore[misc]
                file_name=f"{name}.{form}",
                mime=mime,
                key=f"{key}/{form}",
                icon=":material/image:",
                type="tertiary",
                on_click="ignore",
            )
