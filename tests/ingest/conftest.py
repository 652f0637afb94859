"""A loopback server that misbehaves on demand, and a shared place in memory."""

from __future__ import annotations

import copy
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from ingest.http import Fetcher, HttpLimits
from knowledge.records.advisory import Advisory
from knowledge.records.news import NewsItem, NewsRevision
from knowledge.records.source import SourceState
from knowledge.records.vulnerability import Epss, KevEntry, Vulnerability

PUBLIC = "93.184.215.14"
Handler = Callable[[socket.socket, bytes], None]


def plain(status: str = "200 OK", body: bytes = b"hello", **headers: str) -> Handler:
    """Answer with a status, headers (underscores become dashes) and a body of honest length."""

    def handle(conn: socket.socket, head: bytes) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        conn.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    return handle


@dataclass
class Web:
    """Hosts and paths to handlers; remembers each request head and each connection asked for."""

    port: int = 0
    routes: dict[str, Handler] = field(default_factory=dict)
    heads: list[bytes] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    addresses: dict[str, Sequence[str]] = field(default_factory=dict)
    tls: dict[int, ssl.SSLContext] = field(default_factory=dict)
    """Server context by the port that the client thinks it asks (443)."""

    def resolve(self, host: str, port: int) -> Sequence[str]:
        return self.addresses.get(host, [PUBLIC])

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append((address, port))
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=seconds)
        # The first line tells the server which port was meant, so that one listener plays several.
        sock.sendall(f"{port}\n".encode())
        return sock

    def fetcher(self, wall: float = 10.0, **options: object) -> Fetcher:
        limits = HttpLimits(wall_seconds=wall)
        return Fetcher(resolve=self.resolve, dial=self.dial, limits=limits, **options)  # type: ignore[arg-type]

    def header(self, name: str, index: int = -1) -> str | None:
        """A header of a request that arrived, or None."""
        for line in self.heads[index].split(b"\r\n")[1:]:
            key, _, value = line.partition(b": ")
            if key.lower() == name.lower().encode():
                return value.decode("latin-1")
        return None

    def serve(self, conn: socket.socket) -> None:
        conn.settimeout(20)
        try:
            port = b""
            while not port.endswith(b"\n"):
                port += conn.recv(1)
            if context := self.tls.get(int(port)):
                conn = context.wrap_socket(conn, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = conn.recv(65536)
                if not piece:
                    return
                head += piece
            self.heads.append(head)
            host = (self.header("host") or "").partition(":")[0]
            path = head.split(b" ")[1].decode()
            handler = self.routes.get(host + path) or self.routes.get(path) or plain("404 Not Found")
            handler(conn, head)
        except OSError:
            return
        finally:
            conn.close()


@pytest.fixture
def web() -> Iterator[Web]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Web(port=listener.getsockname()[1])

        def loop() -> None:
            while True:
                try:
                    conn, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=made.serve, args=(conn,), daemon=True).start()

        threading.Thread(target=loop, daemon=True).start()
        yield made


@pytest.fixture
def answer() -> Callable[..., Handler]:
    """The `plain` handler maker, for tests (a conftest cannot be imported)."""
    return plain


class MemoryFacts:
    """The shared place in memory: `SharedFacts` of ingest/interface.py, with real rollback."""

    def __init__(self) -> None:
        self.states: dict[str, SourceState] = {}
        self.news: dict[str, NewsItem] = {}
        self.revisions: list[NewsRevision] = []
        self.kev: dict[str, KevEntry] = {}
        self.epss: dict[str, Epss] = {}
        self.vulnerabilities: dict[str, Vulnerability] = {}
        self.advisories: dict[str, Advisory] = {}
        self.commits = 0
        self._thread = threading.get_ident()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        assert threading.get_ident() == self._thread, "the store is used from one thread only"
        kept = {name: copy.copy(value) for name, value in vars(self).items()}  # each dict, not its frozen records
        try:
            yield
        except BaseException:
            vars(self).update(kept)
            raise
        self.commits += 1

    def source_state(self, source_id: str) -> SourceState | None:
        return self.states.get(source_id)

    def put_state(self, state: SourceState) -> None:
        self.states[state.source_id] = state

    def news_by_id(self, ids: Collection[str]) -> dict[str, NewsItem]:
        return {i: self.news[i] for i in ids if i in self.news}

    def news_since(self, since: datetime) -> Sequence[NewsItem]:
        found = [item for item in self.news.values() if item.last_changed_at >= since]
        return sorted(found, key=lambda item: item.last_changed_at, reverse=True)

    def put_news(self, items: Sequence[NewsItem], revisions: Sequence[NewsRevision]) -> None:
        self.news |= {item.id: item for item in items}
        self.revisions += revisions

    def kev_all(self) -> dict[str, KevEntry]:
        return dict(self.kev)

    def put_kev(self, entries: Sequence[KevEntry]) -> None:
        self.kev |= {entry.cve_id: entry for entry in entries}

    def put_epss(self, rows: Sequence[Epss]) -> tuple[int, int, int]:
        added = sum(row.cve_id not in self.epss for row in rows)
        same = sum(self.epss.get(row.cve_id) == row for row in rows)
        self.epss |= {row.cve_id: row for row in rows}
        return added, len(rows) - added - same, same

    def vulnerabilities_by_id(self, ids: Collection[str]) -> dict[str, Vulnerability]:
        return {i: self.vulnerabilities[i] for i in ids if i in self.vulnerabilities}

    def known_cve_ids(self, ids: Collection[str]) -> set[str]:
        return set(ids) & set(self.vulnerabilities)

    def put_vulnerabilities(self, records: Sequence[Vulnerability]) -> None:
        self.vulnerabilities |= {record.cve_id: record for record in records}

    def advisories_by_id(self, ids: Collection[str]) -> dict[str, Advisory]:
        return {i: self.advisories[i] for i in ids if i in self.advisories}

    def put_advisories(self, records: Sequence[Advisory]) -> None:
        self.advisories |= {record.id: record for record in records}


@pytest.fixture
def memory() -> MemoryFacts:
    return MemoryFacts()
