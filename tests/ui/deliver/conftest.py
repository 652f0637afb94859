"""A real mail server and a real https server on loopback, certificates for both, and a home with one client."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from ingest.post import Poster
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.settings import Settings
from tests.openssl import NEW_KEY, openssl_in
from ui.deliver.send import Channels


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`ca.pem`, and `server.pem` / `server.key` for localhost, 127.0.0.1 and hooks.example, by the openssl command."""
    home = tmp_path_factory.mktemp("tls")
    openssl = openssl_in(home)
    openssl("req", "-x509", *NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test", "-days", "9")
    (home / "names").write_text("subjectAltName=DNS:localhost,DNS:hooks.example,IP:127.0.0.1\n")
    openssl("req", "-new", *NEW_KEY, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "server.pem", "-days", "9", "-extfile", "names")  # fmt: skip
    return home


def server_context(certificates: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    return context


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class MailServer:
    """What arrived, and what the server is to answer."""

    port: int = 0
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    on_rcpt: str = ""
    on_data: str = ""
    drop_after_data: bool = False
    """Takes the message and hangs up without a word."""

    @property
    def mails(self) -> list[EmailMessage]:
        """What arrived, parsed."""
        return [message_from_bytes(data, policy=policy.default) for data in self.raw]  # type: ignore[misc]

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.on_rcpt:
            return self.on_rcpt
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        if self.on_data:
            return self.on_data
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        if self.drop_after_data:
            server.transport.abort()
        return "250 taken"


@pytest.fixture
def start_mail() -> Iterator[Callable[..., MailServer]]:
    """Starts a mail server; options go to aiosmtpd, `box` to use one again, `port` to come back at."""
    running: list[Controller] = []

    def start(*, box: MailServer | None = None, port: int = 0, **options: Any) -> MailServer:
        handler = box or MailServer()
        authenticator = take_login(handler) if options.get("auth_required") else None
        handler.port = port or free_port()
        controller = Controller(
            handler, hostname="127.0.0.1", port=handler.port, authenticator=authenticator, **options
        )
        controller.start()
        running.append(controller)
        return handler

    yield start
    for controller in running:
        controller.stop()


def take_login(box: MailServer) -> Callable[..., AuthResult]:
    """An authenticator that lets `vciso` with `right` in."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        box.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right", handled=False)

    return check


@dataclass
class Hook:
    """A webhook: what was posted, and what it is to answer."""

    port: int = 0
    posts: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    """Reads the post and hangs up without an answer."""
    trusted: ssl.SSLContext | None = None

    def dial(self, address: str, port: int, seconds: float) -> Any:
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def poster(self, wall: float = 10.0) -> Poster:
        """Resolves every name to a public address and dials the hook."""
        return Poster(
            resolve=lambda host, port: ["93.184.215.14"], dial=self.dial, ssl_context=self.trusted, wall_seconds=wall
        )


@pytest.fixture
def hook(certificates: Path) -> Iterator[Hook]:
    """A webhook at https://hooks.example/..."""
    made = Hook(trusted=ssl.create_default_context(cafile=str(certificates / "ca.pem")))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.posts.append((self.path, json.loads(body)))
            if made.silent:
                self.close_connection = True
                return
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = server_context(certificates).wrap_socket(server.socket, server_side=True)
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        """Moves it on."""
        self.at += timedelta(**by)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def northgate(places: Places, now: datetime) -> Client:
    """One client."""
    return add_client(places, Client(id="northgate", ref=new_ref(), name="Northgate", created_at=now), now)


@pytest.fixture
def channels(home: Path) -> Callable[..., Channels]:
    """Channels to a mail server and a hook, with what the environment holds."""

    def make(box: MailServer | None = None, hook: Hook | None = None, **changes: Any) -> Channels:
        port = changes.pop("port", box.port if box else 9)
        environment = changes.pop("environment", {})
        values = {
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_security": "none",
            "mail_from": "brief@ciso.example",
        }
        settings = Settings(home=home, **(values | changes))
        return Channels(settings, hook.poster() if hook else Poster(), environment)

    return make


@pytest.fixture(scope="session")
def clinic() -> Any:
    """The clinic of the brief's tests."""
    import importlib.util
    import sys

    path = Path(__file__).parents[2] / "advisor" / "brief" / "clinic.py"
    spec = importlib.util.spec_from_file_location("brief_clinic", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
