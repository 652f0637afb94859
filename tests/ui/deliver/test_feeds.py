"""The feeds on disk: whole, valid, newest first, no text of others that acts, gone where nobody wants them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest

from knowledge.outbox import set_delivery
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.records.delivery import Delivery
from ui.deliver.files import write_brief, write_portfolio
from ui.render.feed import SHOWN, FeedEntry, json_feed, rss

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


def entry(number: int, text: str = "A title") -> FeedEntry:
    at = datetime(2026, 8, 7, 6, 30, tzinfo=UTC) - timedelta(days=number)
    return FeedEntry(f"urn:x:{number}", text, text, "<p>body</p>", f"file:///b/{number}.html", at)


def keep(places: Places, brief: Any) -> None:
    with places.client("northgate") as place, place.write() as unit:
        unit.briefs.put(brief)


def test_a_brief_stands_in_both_feeds(places: Places, northgate: Client, clinic: Any) -> None:
    brief = clinic.brief().model_copy(update={"client_id": "northgate"})
    keep(places, brief)
    files = write_brief(places, brief)
    assert [file.suffix for file in files] == [".md", ".html", ".json", ".xml", ".json"]
    xml, feed = files[3], json.loads(files[4].read_text())
    parsed = feedparser.parse(xml.read_bytes())
    assert not parsed.bozo
    assert parsed.version == "rss20"
    (item,) = parsed.entries
    link = ElementTree.fromstring(xml.read_bytes()).findtext("channel/item/link")
    assert link == f"file://{files[1]}"
    assert item.id == f"urn:vciso:{northgate.ref}:{brief.day:%Y-%m-%d}"
    assert "<h1>" in item.content[0].value
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["items"][0]["id"] == item.id
    assert feed["items"][0]["url"] == link
    assert "<h1>" in feed["items"][0]["content_html"]
    again = xml.read_bytes()
    write_brief(places, brief)
    assert xml.read_bytes() == again, "the same brief, the same feed"


def test_nobody_wants_a_feed(places: Places, northgate: Client, clinic: Any, now: datetime) -> None:
    brief = clinic.brief().model_copy(update={"client_id": "northgate"})
    keep(places, brief)
    assert len(write_brief(places, brief)) == 5
    with places.client("northgate") as place:
        set_delivery(place, Delivery(feed=False), now)
    assert len(write_brief(places, brief)) == 3
    assert not list(places.client_folder("northgate").glob("briefs/feed.*")), "an old one does not stay behind"


def test_the_portfolio_has_its_own(places: Places, northgate: Client, clinic: Any) -> None:
    from advisor.brief.portfolio import compose_portfolio

    brief = clinic.brief().model_copy(update={"client_id": "northgate"})
    page = compose_portfolio([brief], {}, brief.written_at)
    files = write_portfolio(places, page, [brief])
    assert [item.id for item in feedparser.parse(files[3].read_bytes()).entries] == [
        f"urn:vciso:portfolio:{page.day:%Y-%m-%d}"
    ]
    places.portfolio_folder.joinpath("2025-01-01.json").write_text('{"of": "an older release"}')
    assert len(write_portfolio(places, page, [brief])) == 5, "a page that cannot be read is left out"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "]]> <![CDATA[ x",
        "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;",
        "https://evil.example ![x](https://evil.example/p.png)",
        "\x00\x0b\u202e\ud800 @here",
        "&amp;lt; & < >",
    ],
)
def test_c28_titles_of_others_are_text(text: str) -> None:
    document = rss(text, "file:///b", [entry(0, text)])
    root = ElementTree.fromstring(document)
    title = root.findtext("channel/item/title") or ""
    parsed = json.loads(json_feed(text, "file:///b", [entry(0, text)]))
    for shown in (title, parsed["items"][0]["title"]):
        assert "https://evil" not in shown
        assert "@here" not in shown
        assert not {"\x00", "\x0b", "\u202e"} & set(shown)
    assert len(root.findall("channel/item")) == 1
    assert root.findtext(f"channel/item/{CONTENT}") == "<p>body</p>"


def test_newest_first_and_bounded() -> None:
    entries = [entry(number) for number in range(SHOWN + 10)]
    root = ElementTree.fromstring(rss("t", "file:///b", entries))
    guids = [item.findtext("guid") for item in root.findall("channel/item")]
    assert guids == [f"urn:x:{number}" for number in range(SHOWN)]
    assert [item["id"] for item in json.loads(json_feed("t", "file:///b", entries))["items"]] == guids
