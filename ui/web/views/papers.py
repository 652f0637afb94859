"""Papers of a policy version: Word, PDF, a page, Markdown, each with version, approval and hash."""

from __future__ import annotations

import streamlit as st

from advisor.policies.editing import to_markdown
from knowledge.records.policy import Policy, PolicyVersion
from ui.web.views.frame import View


def section(view: View, policy: Policy, version: PolicyVersion) -> None:
    """A download for each form; drafts say that they are drafts."""
    st.download_button(
        "Markdown to edit",
        to_markdown(version),
        file_name=f"{policy.id}-v{version.number}.md",
        mime="text/markdown",
        key=view.key(f"md-{policy.id}-{version.number}"),
        icon=":material/download:",
        on_click="ignore",
    )
