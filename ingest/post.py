"""Posts one JSON document to a webhook: https only, to a checked public address, no redirect, told what is sure."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import httpcore
import httpx

from ingest.addresses import RefusedUrlError, vet_url
from ingest.connect import Deadline, Dial, GuardedBackend, Proxy, Resolve, Stopped, system_dial, system_resolve
from ingest.http import GuardedTransport, default_context, user_agent
from ingest.schedule import in_words, parse_retry_after

WALL_SECONDS = 20.0
MAX_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class PostResult:
    """How a post ended. No sentence names the address: a webhook's address is a secret."""

    result: Literal["sent", "again", "refused", "unsure"]
    """`again` and `refused`: surely not accepted; `unsure`: the request left, and no answer came."""
    sentence: str = ""
    wait_seconds: float = 0.0
    down: bool = False
    """It could not be reached, or stopped answering."""


class _Noting(httpcore.NetworkBackend):
    """Knows whether anything of a request has left."""

    def __init__(self, inner: GuardedBackend) -> None:
        self._inner = inner
        self.wrote = False

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        return _NotingStream(self._inner.connect_tcp(host, port, *args, **kwargs), self)


class _NotingStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, backend: _Noting) -> None:
        self._inner, self._backend = inner, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._backend.wrote = True
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _NotingStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Poster:
    """Posts to webhooks. Safe to share between threads.

    Args:
        resolve, dial: name look-up and socket opening; tests put their own here, the address rule stays.
        ssl_context: default: the system's and certifi's authorities, host names checked.
        proxy: `http://[user:password@]host:port`, only where the operator set one.

    Raises:
        SettingsError: the proxy setting cannot be used.
    """

    def __init__(
        self,
        *,
        resolve: Resolve = system_resolve,
        dial: Dial = system_dial,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str = "",
        wall_seconds: float = WALL_SECONDS,
    ) -> None:
        self._resolve, self._dial = resolve, dial
        self._ssl_context = ssl_context or default_context()
        self._proxy = Proxy(proxy) if proxy else None
        self._wall_seconds = wall_seconds

    def post(self, url: str, document: Mapping[str, Any], *, now: datetime | None = None) -> PostResult:
        """POST a document as JSON.

        Args:
            url: https on port 443; never logged.
            document: plain JSON.
            now: for `Retry-After` dates; default the clock.
        """
        try:
            vetted = vet_url(url.strip())
        except RefusedUrlError as error:
            return PostResult("refused", f"the webhook's address is not asked: it {error}")
        if vetted.scheme != "https":
            return PostResult("refused", "the webhook's address does not start with https")
        backend = _Noting(
            GuardedBackend(
                resolve=self._resolve,
                dial=self._dial,
                deadline=Deadline(self._wall_seconds),
                max_wire_bytes=MAX_ANSWER,
                proxy=self._proxy,
            )
        )
        body = json.dumps(document, ensure_ascii=True).encode()
        headers = {"User-Agent": user_agent(), "Content-Type": "application/json", "Connection": "close"}
        request = httpx.Request("POST", str(vetted), headers=headers, content=body)
        try:
            with GuardedTransport(backend, self._ssl_context) as transport:
                response = transport.handle_request(request)
                try:
                    return _judged(response, now or datetime.now(UTC))
                finally:
                    response.close()
        except Stopped as stop:
            return _broken(backend, stop.sentence)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError):
            return _broken(backend, "broke the connection off")


def _broken(backend: _Noting, sentence: str) -> PostResult:
    if backend.wrote:
        return PostResult("unsure", f"the webhook {sentence} after the message had left", down=True)
    return PostResult("again", f"the webhook {sentence}", down=True)


def _judged(response: httpx.Response, now: datetime) -> PostResult:
    status = response.status_code
    if 200 <= status < 300:
        return PostResult("sent")
    if status == 429 or status >= 500:
        wait = parse_retry_after(response.headers.get("retry-after", ""), now)
        asked = f"; asked to wait {in_words(wait)}" if wait else ""
        return PostResult("again", f"the webhook answered {status}{asked}", wait.total_seconds() if wait else 0.0)
    if 300 <= status < 400:
        return PostResult("refused", f"the webhook answered {status}: it moved, and is not followed")
    return PostResult("refused", f"the webhook answered {status}: it does not take the message")
