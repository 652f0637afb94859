"""The picture of open items on a client's page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from advisor.morning import run_morning
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.brief import Brief
from knowledge.records.client import Client
from ui.deliver.files import brief_file, write_brief

pytest.importorskip("vl_convert", reason="pictures need the extra web")


def test_a_page_has_the_picture_from_the_second_day_and_stays_the_same(places: Places, now: datetime) -> None:
    add_client(places, Client(id="acme", ref=new_ref(), name="Acme", created_at=now), now)
    briefs: list[Brief] = []
    for number in range(3):
        briefs += run_morning(places, now=now + timedelta(days=number)).briefs

    def page(brief: Brief) -> str:
        write_brief(places, brief)
        return brief_file(places, "acme", brief.day, "html").read_text(encoding="utf-8")

    first, second, third = (page(brief) for brief in briefs)
    assert "<svg" not in first
    assert second.count("<svg") == 1
    assert "Act now" in second
    assert all(str(day) in third for day in (7, 8, 9))
    # Written again when there are later days, each page is as it was.
    assert [page(brief) for brief in briefs] == [first, second, third]
    for word in ("<script", "http:", "xlink:href", "<image"):
        assert word not in second.replace("http://www.w3.org/", "")
