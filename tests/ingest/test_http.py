"""Each thing a server can do ends in one sentence, inside the limits; nothing private is ever connected to."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.http import Fetcher, Validators, user_agent
from knowledge.errors import SettingsError

pytestmark = pytest.mark.network

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
URL = "http://feeds.example/a"
Answer = Callable[..., Any]


# ---- what goes well


def test_reads_and_names_the_product(web: Any, answer: Answer) -> None:
    web.routes["/a"] = answer(body=b"<rss/>", ETag='W/"x y"', Last_Modified="Fri, 07 Aug 2026 01:02:03 GMT")
    result = web.fetcher().fetch(URL)
    assert (result.outcome, result.body, result.status) == ("read", b"<rss/>", 200)
    assert (result.etag, result.last_modified) == ('W/"x y"', "Fri, 07 Aug 2026 01:02:03 GMT")
    assert web.header("user-agent") == user_agent()
    assert user_agent().startswith("vciso-copilot/")
    assert "copilot" in user_agent()
    assert web.header("accept-encoding") == "gzip"
    assert web.header("if-none-match") is None
    assert web.header("cookie") is None
    assert web.header("host") == "feeds.example"


def test_gzip_is_inflated(web: Any, answer: Answer) -> None:
    web.routes["/a"] = answer(body=gzip.compress(b"abc" * 1000), Content_Encoding="gzip")
    assert web.fetcher().fetch(URL).body == b"abc" * 1000


def test_validators_are_replayed_exactly_and_304_is_honoured(web: Any, answer: Answer) -> None:
    web.routes["/a"] = answer("304 Not Modified", b"")
    kept = Validators(URL, 'W/"\xe9 =="', "yesterday, about noon")
    result = web.fetcher().fetch(URL, validators=kept)
    assert result.outcome == "unchanged"
    assert web.header("if-none-match") == 'W/"\xe9 =="'
    assert web.header("if-modified-since") == "yesterday, about noon"


def test_validators_of_another_url_are_not_sent_and_its_304_is_a_fault(web: Any, answer: Answer) -> None:
    web.routes["/a"] = answer("304 Not Modified", b"")
    result = web.fetcher().fetch(URL, validators=Validators("http://feeds.example/old", '"x"', ""))
    assert web.header("if-none-match") is None
    assert result.outcome == "http-error"
    assert "although it was asked for everything" in result.sentence


def test_permanent_redirect_is_told_and_its_validators_go_to_the_new_place(web: Any, answer: Answer) -> None:
    web.routes["new.example/b"] = answer(body=b"x", ETag='"1"')
    web.routes["/a"] = answer("308 Moved", b"", Location="http://new.example/b#frag")
    result = web.fetcher().fetch(URL)
    assert (result.final_url, result.moved, result.etag) == ("http://new.example/b", True, '"1"')
    web.fetcher().fetch(URL, validators=Validators(result.final_url, result.etag, ""))
    assert web.header("if-none-match", -2) is None
    assert web.header("if-none-match", -1) == '"1"'


def test_headers_of_one_host_never_reach_another(web: Any, answer: Answer) -> None:
    web.routes["/a"] = answer("302 Found", b"", Location="/b", Set_Cookie="session=1; Domain=example")
    web.routes["feeds.example/b"] = answer("302 Found", b"", Location="http://other.example/c")
    web.routes["other.example/c"] = answer()
    assert web.fetcher().fetch(URL, headers={"apiKey": "secret", "Authorization": "Bearer s"}).outcome == "read"
    assert web.header("apikey", 0) == "secret"
    assert web.header("apikey", 1) == "secret"
    assert web.header("apikey", 2) is None
    assert web.header("authorization", 2) is None
    assert [web.header("cookie", i) for i in range(3)] == [None] * 3


# ---- what the server says


@pytest.mark.parametrize(
    ("status", "outcome", "words"),
    [
        ("410 Gone", "gone", "took this address down"),
        ("404 Not Found", "http-error", "nothing is at this address"),
        ("403 Forbidden", "http-error", "does not let us read"),
        ("500 Oops", "http-error", "answered 500: the server has a fault"),
        ("503 Busy", "http-error", "answered 503"),
        ("429 Slow", "rate-limited", "answered 429"),
        ("206 Partial", "http-error", "answered 206"),
        ("301 No Location", "http-error", "answered 301"),
        ("999 Odd", "http-error", "answered 999"),
    ],
)
def test_c21_status_has_its_own_sentence(web: Any, answer: Answer, status: str, outcome: str, words: str) -> None:
    web.routes["/a"] = answer(status, b"<html>")
    result = web.fetcher().fetch(URL)
    assert result.outcome == outcome
    assert words in result.sentence
    assert result.body == b""


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("600", timedelta(minutes=10)),
        ("Fri, 07 Aug 2026 06:40:00 GMT", timedelta(minutes=10)),
        ("315360000", timedelta(hours=24)),
        ("Mon, 07 Aug 2036 06:40:00 GMT", timedelta(hours=24)),
        ("Fri, 07 Aug 2020 06:40:00 GMT", timedelta()),
        ("9" * 500, timedelta(hours=24)),
        ("-5", None),
        ("soon", None),
        ("\xb2", None),
    ],
)
def test_c21_retry_after_is_read_and_bounded(web: Any, answer: Answer, value: str, wait: timedelta | None) -> None:
    web.routes["/a"] = answer("429 Slow", b"", Retry_After=value)
    result = web.fetcher().fetch(URL, now=NOW)
    assert result.retry_after == wait
    assert ("asked to wait" in result.sentence) == (wait is not None)


@pytest.mark.parametrize("body", [b"", b" \r\n", b"\xef\xbb\xbf", b"\x00\x00"])
def test_c21_empty_200(web: Any, answer: Answer, body: bytes) -> None:
    web.routes["/a"] = answer(body=body)
    assert web.fetcher().fetch(URL).outcome == "empty"


# ---- redirects and addresses


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://169.254.169.254/latest/", "metadata"),
        ("http://127.0.0.1/", "loopback"),
        ("file:///etc/passwd", "only http and https"),
        ("//localhost/x", "local network"),
        ("http://user:pw@feeds.example/", "credentials"),
        ("http://feeds.example:6379/", "port 6379"),
        ("http://feeds.example\\@127.0.0.1/", "backslash"),
        ("http://feeds.example/\tx", "blank"),
        ("http://inside.example/", "leads inside"),
    ],
)
def test_c16_redirect_inside_is_refused_before_connecting(web: Any, answer: Answer, location: str, words: str) -> None:
    web.addresses["inside.example"] = ["10.0.0.5"]
    web.routes["/a"] = answer("302 Found", b"", Location=location)
    result = web.fetcher().fetch(URL)
    assert result.outcome == "refused"
    assert words in result.sentence
    assert len(web.dialled) == 1


def test_c16_five_redirects_are_followed_and_no_more(web: Any, answer: Answer) -> None:
    for n in range(11):
        web.routes[f"/r{n}"] = answer("302 Found", b"", Location=f"/r{n - 1}" if n else "/end")
    web.routes["/end"] = answer()
    assert web.fetcher().fetch("http://feeds.example/r4").outcome == "read"
    result = web.fetcher().fetch("http://feeds.example/r10")
    assert (result.outcome, len(web.dialled)) == ("refused", 6 + 6)
    assert "more than 5 times" in result.sentence
    web.routes["/loop"] = answer("307 Again", b"", Location="/loop")
    assert web.fetcher().fetch("http://feeds.example/loop").outcome == "refused"


def test_c17_rebinding_connects_to_the_checked_address_only(web: Any, answer: Answer) -> None:
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    fetcher = Fetcher(resolve=lambda host, port: next(answers), dial=web.dial)
    web.routes["/a"] = answer("302 Found", b"", Location="/b")
    result = fetcher.fetch(URL)
    assert web.dialled == [("93.184.215.14", 80)]
    assert result.outcome == "refused"
    assert "loopback" in result.sentence


@pytest.mark.parametrize(
    "addresses",
    [["93.184.215.14", "10.0.0.1"], ["::1"], ["64:ff9b::a9fe:a9fe"], ["fe80::1%eth0"], ["93.184.215.14", "x"]],
)
def test_one_private_address_among_the_answers_refuses_all(web: Any, addresses: list[str]) -> None:
    web.addresses["feeds.example"] = addresses
    assert web.fetcher().fetch(URL).outcome == "refused"
    assert web.dialled == []


def test_c15_every_blocked_url_is_refused_before_resolving(web: Any, shared_data: Path) -> None:
    path = shared_data / "hostile/generated/ssrf/urls_must_block.txt"

    def no_resolver(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    fetcher = Fetcher(resolve=no_resolver, dial=web.dial)
    for url in filter(None, path.read_text("utf-8").split("\n")):
        result = fetcher.fetch(url)
        assert (result.outcome, bool(result.sentence)) == ("refused", True), url
    assert web.dialled == []


def test_a_dead_first_address_leaves_time_for_the_next(web: Any, answer: Answer) -> None:
    web.addresses["feeds.example"] = ["2606:4700:4700::1111", "93.184.215.14"]
    web.routes["/a"] = answer()

    def dial(address: str, port: int, seconds: float) -> socket.socket:
        if ":" in address:
            raise OSError(101, "Network is unreachable")
        return web.dial(address, port, seconds)  # type: ignore[no-any-return]

    assert Fetcher(resolve=web.resolve, dial=dial).fetch(URL).outcome == "read"


def test_c18_proxy_variables_are_ignored_and_an_explicit_proxy_gets_the_checked_address(
    web: Any, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    web.routes["/a"] = answer()
    assert web.fetcher().fetch(URL).outcome == "read"

    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def proxy() -> None:
            for reply in (b"HTTP/1.1 200 ok\r\n\r\n", b"HTTP/1.1 403 no\r\n\r\n"):
                conn, _ = listener.accept()
                seen.append(conn.recv(4096))
                conn.sendall(reply)
                if b"200" in reply:
                    conn.recv(4096)
                    conn.sendall(b"HTTP/1.1 200 ok\r\nContent-Length: 3\r\n\r\nvia")
                conn.close()

        threading.Thread(target=proxy, daemon=True).start()
        fetcher = Fetcher(resolve=web.resolve, proxy=f"http://u:p@127.0.0.1:{listener.getsockname()[1]}")
        assert fetcher.fetch(URL).body == b"via"
        assert seen[0].startswith(b"CONNECT 93.184.215.14:80 ")
        assert b"Proxy-Authorization: Basic dTpw" in seen[0]
        assert "proxy refused (403)" in fetcher.fetch(URL).sentence
        web.addresses["feeds.example"] = ["192.168.0.1"]
        assert fetcher.fetch(URL).outcome == "refused"
        assert len(seen) == 2


@pytest.mark.parametrize("proxy", ["socks5://a:1", "http://a", "nonsense", "http://a:99999"])
def test_a_proxy_that_cannot_be_used_is_a_settings_error(proxy: str) -> None:
    with pytest.raises(SettingsError):
        Fetcher(proxy=proxy)
