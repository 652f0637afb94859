"""A brand in the news is not its owner's other products."""

from __future__ import annotations

import pytest

from advisor.triage.subjects import ItemText, Subject
from advisor.triage.textmatch import TextMatcher


@pytest.mark.parametrize(
    ("title", "alerts"),
    [
        ("GitHub CLI vulnerability: a lookalike signer passes", 0),
        ("GitHub discloses a breach of internal repositories", 0),
        ("Microsoft discloses a breach of its corporate systems", 1),
    ],
)
def test_news_of_a_brand_is_not_news_of_its_owner(title: str, alerts: int) -> None:
    server = Subject(kind="asset", id="SRV-01", name="File server", vendor="Microsoft", product="Windows Server 2022")
    matcher = TextMatcher.build([("clinic", server)])
    found = matcher.judge(ItemText("news", "n-1", title))
    assert sum(one.verdict.kind != "not-relevant" for one in found) == alerts
