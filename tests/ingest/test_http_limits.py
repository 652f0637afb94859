"""Bodies without an end, bombs, slow and silent servers, broken HTTP: each ends inside its limits."""

from __future__ import annotations

import gzip
import os
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.connect import system_dial, system_resolve
from ingest.http import Fetcher, HttpLimits

pytestmark = pytest.mark.network

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
URL = "http://feeds.example/a"
Answer = Callable[..., Any]


def raw(data: bytes, then: Callable[[socket.socket], None] | None = None) -> Callable[[socket.socket, bytes], None]:
    def handle(conn: socket.socket, head: bytes) -> None:
        conn.sendall(data)
        if then:
            then(conn)

    return handle


def endlessly(piece: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    def go(conn: socket.socket) -> None:
        while True:
            conn.sendall(piece)
            time.sleep(pause)

    return go


def test_length_lies(web: Any, answer: Answer) -> None:
    web.routes["/big"] = raw(b"HTTP/1.1 200 ok\r\nContent-Length: 10737418240\r\n\r\nabc")
    result = web.fetcher().fetch("http://feeds.example/big")
    assert (result.outcome, result.sentence) == ("too-large", "announced more than 15 MB")
    web.routes["/short"] = raw(b"HTTP/1.1 200 ok\r\nContent-Length: 100\r\n\r\nabc")
    result = web.fetcher().fetch("http://feeds.example/short")
    assert (result.outcome, result.body) == ("truncated", b"")


@pytest.mark.parametrize("framing", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_c20_endless_body_is_cut_at_the_limit(web: Any, framing: bytes) -> None:
    piece = b"x" * 65_536
    if framing:
        piece = b"10000\r\n" + piece + b"\r\n"
    web.routes["/a"] = raw(b"HTTP/1.1 200 ok\r\n" + framing + b"\r\n", endlessly(piece))
    result = web.fetcher().fetch(URL)
    assert (result.outcome, result.sentence) == ("too-large", "sent more than 15 MB")


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 ok\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 200 ok\r\n\r\n",
        b"HTTP/1.1 200 ok\r\nX: ",
        b"",
    ],
)
def test_c20_drip_ends_at_the_wall_clock_limit(web: Any, start: bytes) -> None:
    web.routes["/a"] = raw(start, endlessly(b"x", 0.2))
    begin = time.monotonic()
    result = web.fetcher(wall=1.0).fetch(URL)
    assert result.outcome == "timeout"
    assert 0.8 < time.monotonic() - begin < 2


def test_silence_and_slow_names_end_at_the_wall_clock_limit(web: Any) -> None:
    web.routes["/a"] = raw(b"", lambda conn: time.sleep(5))
    assert web.fetcher(wall=0.5).fetch(URL).outcome == "timeout"

    def slow(host: str, port: int) -> list[str]:
        time.sleep(5)
        return []

    begin = time.monotonic()
    result = Fetcher(resolve=slow, dial=web.dial, limits=HttpLimits(wall_seconds=0.5)).fetch(URL)
    assert (result.outcome, time.monotonic() - begin < 2) == ("timeout", True)


def test_redirects_share_one_deadline(web: Any, answer: Answer) -> None:
    def slowly(conn: socket.socket, head: bytes) -> None:
        time.sleep(0.4)
        answer("302 Found", b"", Location="/a")(conn, head)

    web.routes["/a"] = slowly
    begin = time.monotonic()
    assert web.fetcher(wall=1.0).fetch(URL).outcome == "timeout"
    assert time.monotonic() - begin < 2


def bomb(mb: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b"\0" * 2**20) for _ in range(mb)) + packer.flush()


def test_c20_bombs_are_cut_in_the_middle_with_little_memory(web: Any, answer: Answer) -> None:
    once = bomb(200)
    web.routes["/one"] = answer(body=once, Content_Encoding="gzip")
    web.routes["/two"] = answer(body=gzip.compress(once), Content_Encoding="gzip, gzip")
    web.routes["/deflate"] = answer(body=zlib.compress(b"\0" * 2**26), Content_Encoding="deflate")
    web.routes["/br"] = answer(body=b"\x0b\x02\x80abc", Content_Encoding="br")
    web.routes["/not"] = answer(body=b"plain words", Content_Encoding="gzip")
    web.routes["/half"] = answer(body=gzip.compress(os.urandom(5000))[:2000], Content_Encoding="gzip")
    tracemalloc.start()
    outcomes = {
        n: web.fetcher().fetch(f"http://feeds.example/{n}") for n in ("one", "two", "deflate", "br", "not", "half")
    }
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert {n: r.outcome for n, r in outcomes.items()} == {
        "one": "too-large", "two": "unreadable", "deflate": "too-large", "br": "unreadable", "not": "unreadable",
        "half": "truncated",
    }  # fmt: skip
    assert peak < 100 * 2**20


def test_shared_bombs(web: Any, answer: Answer, shared_data: Path) -> None:
    folder = shared_data / "hostile/generated/http"
    for name, outcome in (("bomb.gz", "too-large"), ("not_gzip_declared_gzip.bin", "unreadable")):
        web.routes["/a"] = answer(body=(folder / name).read_bytes(), Content_Encoding="gzip")
        assert web.fetcher().fetch(URL).outcome == outcome, name
    # One layer is inflated; the inner bomb is then merely an odd small document.
    web.routes["/a"] = answer(body=(folder / "bomb_double.gz").read_bytes(), Content_Encoding="gzip")
    assert len(web.fetcher().fetch(URL).body) < 2**20


def test_header_floods_and_broken_http(web: Any, answer: Answer) -> None:
    web.routes["/huge"] = raw(b"HTTP/1.1 200 ok\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n")
    web.routes["/many"] = raw(b"HTTP/1.1 200 ok\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n")
    web.routes["/cookies"] = raw(b"HTTP/1.1 200 ok\r\n" + b"Set-Cookie: a=b\r\n" * 300 + b"Content-Length: 0\r\n\r\n")
    web.routes["/nonsense"] = raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
    web.routes["/hangup"] = raw(b"")
    web.routes["/informational"] = raw(b"", endlessly(b"HTTP/1.1 103 Early\r\n\r\n", 0.01))
    got = {n: web.fetcher(wall=3).fetch(f"http://feeds.example{n}") for n in web.routes}
    assert {n: r.outcome for n, r in got.items()} == {
        "/huge": "http-error",
        "/many": "too-large",
        "/cookies": "too-large",
        "/nonsense": "http-error",
        "/hangup": "unreachable",
        "/informational": "timeout",
    }


def test_an_etag_with_a_line_break_is_never_sent_back(web: Any) -> None:
    web.routes["/a"] = raw(b'HTTP/1.1 200 ok\r\nETag: "a\r\n b"\r\nContent-Length: 1\r\n\r\nx')
    folded = web.fetcher().fetch(URL)
    assert "\n" not in folded.etag
    assert "\r" not in folded.etag
    web.routes["/a"] = raw(b'HTTP/1.1 200 ok\r\nETag: "a\tb"\r\nLast-Modified: ' + b"x" * 5000 + b"\r\n\r\nx")
    result = web.fetcher().fetch(URL)
    assert (result.outcome, result.etag, result.last_modified) == ("read", "", "")


def test_nobody_there(web: Any) -> None:
    def refuse(address: str, port: int, seconds: float) -> socket.socket:
        raise ConnectionRefusedError(111, "Connection refused")

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert Fetcher(resolve=web.resolve, dial=refuse).fetch(URL).outcome == "unreachable"
    result = Fetcher(resolve=unknown, dial=web.dial).fetch(URL)
    assert (result.outcome, "could not be resolved" in result.sentence) == ("unreachable", True)
    assert Fetcher(resolve=lambda host, port: [], dial=web.dial).fetch(URL).outcome == "unreachable"


def test_the_dialler_connects_to_exactly_the_address_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address, port = listener.getsockname()
        with system_dial(address, port, 5.0) as sock:
            assert sock.getpeername() == (address, port)
    assert "127.0.0.1" in system_resolve("127.0.0.1", 80)
