"""Certificates, authorities, stalled handshakes and steps down from https: each ends in one sentence."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.http import context_with_authorities
from knowledge.errors import SettingsError
from tests.openssl import NEW_KEY, openssl_in

pytestmark = pytest.mark.network

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
URL = "http://feeds.example/a"
Answer = Callable[..., Any]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a good, an expired and a stranger's certificate, by the openssl command."""
    home = tmp_path_factory.mktemp("tls")
    openssl = openssl_in(home)
    (home / "ca.cnf").write_text(
        "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index.txt\nserial=serial\npolicy=p\ndefault_md=sha256\n"
        "copy_extensions=copy\n[p]\ncommonName=supplied\n"
    )
    (home / "index.txt").write_text("")
    (home / "serial").write_text("01\n")
    openssl(
        "req", "-x509", *NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority", "-days", "9"
    )
    for name, host, start, end in (
        ("good", "feeds.example", "20200101000000Z", "20400101000000Z"),
        ("expired", "feeds.example", "20200101000000Z", "20200201000000Z"),
        ("wrong", "other.example", "20200101000000Z", "20400101000000Z"),
    ):
        openssl("req", "-new", *NEW_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}",
                "-addext", f"subjectAltName=DNS:{host}")  # fmt: skip
        openssl("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", f"{name}.csr",
                "-out", f"{name}.pem", "-notext", "-startdate", start, "-enddate", end)  # fmt: skip
    return home


def server_context(home: Path, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / f"{name}.pem", home / f"{name}.key")
    return context


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [("good", "read", ""), ("expired", "tls-error", "expired"), ("wrong", "tls-error", "mismatch")],
)
def test_c21_certificates(web: Any, answer: Answer, certificates: Path, name: str, outcome: str, words: str) -> None:
    web.tls[443] = server_context(certificates, name)
    web.routes["/a"] = answer()
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    result = web.fetcher(ssl_context=context).fetch("https://feeds.example/a")
    assert result.outcome == outcome
    assert words in result.sentence


def test_unknown_authority_plain_server_and_stalled_handshake(web: Any, answer: Answer, certificates: Path) -> None:
    web.tls[443] = server_context(certificates, "good")
    result = web.fetcher().fetch("https://feeds.example/a")
    assert (result.outcome, "not accepted" in result.sentence) == ("tls-error", True)
    assert web.heads == []
    web.tls.clear()
    assert web.fetcher(wall=2).fetch("https://feeds.example/a").outcome in ("tls-error", "timeout")


def test_c16_no_step_down_from_https(web: Any, answer: Answer, certificates: Path) -> None:
    web.tls[443] = server_context(certificates, "good")
    web.routes["/a"] = answer("302 Found", b"", Location="http://feeds.example/b")
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    result = web.fetcher(ssl_context=context).fetch("https://feeds.example/a")
    assert (result.outcome, "down to http" in result.sentence) == ("refused", True)
    assert len(web.dialled) == 1


def test_own_authorities_come_from_a_pem_file(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("not a certificate")
    for path in (broken, tmp_path / "absent.pem"):
        with pytest.raises(SettingsError, match="ca_file"):
            context_with_authorities(str(path))
