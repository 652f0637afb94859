"""The only outgoing HTTP for sources: one bounded, conditional GET that never raises for what the far side does."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import metadata
from urllib.parse import urljoin

import httpcore
import httpx

from ingest.addresses import RefusedUrlError, VettedUrl, vet_url
from ingest.connect import Deadline, Dial, GuardedBackend, Proxy, Resolve, Stopped, system_dial, system_resolve
from ingest.schedule import in_words, parse_retry_after
from knowledge.errors import SettingsError
from knowledge.records.source import Outcome

PRODUCT = "the vCISO copilot, a reader of public security news"
MAX_REDIRECTS = 5
MAX_HEADERS = 200
MAX_HEADER_BYTES = 64 * 1024
MAX_VALIDATOR = 1_000
"""Characters of an ETag or Last-Modified that is worth keeping."""
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one exchange may cost, redirects included."""

    wall_seconds: float = 30.0
    body_bytes: int = 15 * MB
    """After inflating."""


DEFAULT_LIMITS = HttpLimits()


@dataclass(frozen=True, slots=True)
class Validators:
    """What makes a GET conditional; sent only to the URL that gave them, exactly as received."""

    url: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """How one exchange ended. `outcome` is `read` (with a body), `unchanged`, or a failure with its sentence."""

    outcome: Outcome
    sentence: str = ""
    """Says what happened, starting with a verb, without a full stop ("answered 429; asked to wait 10 minutes")."""
    status: int | None = None
    body: bytes = b""
    """Inflated."""
    etag: str = ""
    last_modified: str = ""
    final_url: str = ""
    retry_after: timedelta | None = None
    moved: bool = False
    """Every redirect on the way was permanent (301, 308): `final_url` is the new address."""


class Fetcher:
    """Gets public documents. Safe to share between threads: nothing is kept from one exchange to the next.

    Args:
        resolve, dial: name look-up and socket opening; tests put their own here, the address rule stays.
        ssl_context: default: the system's and certifi's authorities, host names checked.
        proxy: `http://[user:password@]host:port`, only where the operator set one; the environment is never read.
        limits: of each exchange.

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
        limits: HttpLimits = DEFAULT_LIMITS,
    ) -> None:
        self._resolve, self._dial, self._limits = resolve, dial, limits
        self._proxy = Proxy(proxy) if proxy else None
        self._ssl_context = ssl_context or default_context()
        self._user_agent = user_agent()

    def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        accept: str = "*/*",
        limits: HttpLimits | None = None,
        now: datetime | None = None,
    ) -> FetchResult:
        """GET a URL, following at most five redirects, each one checked like the first.

        Args:
            validators: make the request conditional.
            headers: extra ones (an API key), sent only while scheme, host and port are those of `url`.
            limits: other than the fetcher's.
            now: for `Retry-After` dates; default the clock.
        """
        exchange = _Exchange(
            validators or Validators(), dict(headers or {}), accept, limits or self._limits, now or datetime.now(UTC)
        )
        try:
            return self._follow(url, exchange)
        except Stopped as stop:
            return FetchResult(stop.outcome, stop.sentence, final_url=exchange.url)

    def _follow(self, url: str, exchange: _Exchange) -> FetchResult:
        deadline = Deadline(exchange.limits.wall_seconds)
        first = current = _vet(url, "has an address that is not asked")
        moved = True
        for hop in range(MAX_REDIRECTS + 1):
            exchange.url = url if hop == 0 else str(current)
            answer = self._one(current, exchange, deadline, own_origin=current.origin == first.origin)
            if isinstance(answer, FetchResult):
                return answer if hop == 0 else replace(answer, moved=moved)
            moved = moved and answer.permanent
            following = _vet(answer.location, "redirects to an address that is not asked")
            if current.scheme == "https" and following.scheme == "http":
                raise Stopped("refused", f"redirects from https down to http ({following.host})")
            current = following
        raise Stopped("refused", f"redirects more than {MAX_REDIRECTS} times")

    def _one(
        self, url: VettedUrl, exchange: _Exchange, deadline: Deadline, *, own_origin: bool
    ) -> FetchResult | _Redirect:
        backend = GuardedBackend(
            resolve=self._resolve,
            dial=self._dial,
            deadline=deadline,
            max_wire_bytes=exchange.limits.body_bytes + MAX_HEADER_BYTES * 4,
            proxy=self._proxy,
        )
        request = httpx.Request("GET", str(url), headers=self._headers(exchange, own_origin=own_origin))
        if request.url.host.strip("[]") != url.host and request.url.raw_host.decode("ascii") != url.host:
            raise Stopped("refused", "has a host that two readers read differently")
        try:
            with GuardedTransport(backend, self._ssl_context) as transport:
                response = transport.handle_request(request)
                try:
                    return _read(response, exchange, deadline)
                finally:
                    response.close()
        except (httpcore.RemoteProtocolError, httpcore.LocalProtocolError) as error:
            raise _protocol_stop(error) from error
        except (httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise Stopped("unreachable", "broke the connection off") from error

    def _headers(self, exchange: _Exchange, *, own_origin: bool) -> list[tuple[bytes, bytes]]:
        headers = {
            "User-Agent": self._user_agent,
            "Accept": exchange.accept,
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }
        if own_origin:
            headers |= exchange.headers
        kept = exchange.validators
        exchange.conditional = bool(kept.url == exchange.url and (kept.etag or kept.last_modified))
        if exchange.conditional:
            if kept.etag:
                headers["If-None-Match"] = kept.etag
            if kept.last_modified:
                headers["If-Modified-Since"] = kept.last_modified
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


@dataclass(slots=True)
class _Exchange:
    validators: Validators
    headers: dict[str, str]
    accept: str
    limits: HttpLimits
    now: datetime
    url: str = ""
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str
    permanent: bool


class GuardedTransport(httpx.BaseTransport):
    """httpx's request and response over a one-connection httpcore pool with the guarded backend."""

    def __init__(self, backend: httpcore.NetworkBackend, ssl_context: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context, max_connections=1, max_keepalive_connections=0, network_backend=backend
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.content,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def user_agent() -> str:
    """Name the product, its version and what it is, so that a publisher can tell who asks."""
    try:
        version = metadata.version("vciso-copilot")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"vciso-copilot/{version} ({PRODUCT})"


def context_with_authorities(path: str) -> ssl.SSLContext:
    """Make a TLS context that also trusts the authorities of a PEM file (an inspecting proxy of the house).

    Raises:
        SettingsError: the file cannot be read as PEM.
    """
    context = default_context()
    try:
        context.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or "not PEM"
        raise SettingsError(f"cannot be read as certificates ({reason})", subject=f"ca_file {path}") from None
    return context


def default_context() -> ssl.SSLContext:
    """Make a TLS context with the system's and certifi's authorities; the environment is never read."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _vet(url: str, prefix: str) -> VettedUrl:
    try:
        return vet_url(url)
    except RefusedUrlError as error:
        raise Stopped("refused", f"{prefix}: it {error}") from None


def _read(response: httpx.Response, exchange: _Exchange, deadline: Deadline) -> FetchResult | _Redirect:
    raw = response.headers.raw
    if len(raw) > MAX_HEADERS or sum(len(k) + len(v) for k, v in raw) > MAX_HEADER_BYTES:
        raise Stopped("too-large", "sent more headers than are read")
    status = response.status_code
    if status in (301, 302, 303, 307, 308) and (location := _header(response, b"location")):
        return _Redirect(_join(exchange.url, location), permanent=status in (301, 308))
    if status == 200:
        body = b"".join(_inflated(response, exchange.limits.body_bytes, deadline))
        if not body.strip(b"\xef\xbb\xbf \t\r\n\x00"):
            return FetchResult("empty", "answered with nothing in it", status, final_url=exchange.url)
        return FetchResult(
            "read",
            status=status,
            body=body,
            etag=_validator(response, b"etag"),
            last_modified=_validator(response, b"last-modified"),
            final_url=exchange.url,
        )
    return _without_body(status, response, exchange)


def _without_body(status: int, response: httpx.Response, exchange: _Exchange) -> FetchResult:
    outcome: Outcome = "http-error"
    sentence = f"answered {status}"
    wait = parse_retry_after(_header(response, b"retry-after"), exchange.now) if status in (429, 503) else None
    if status == 304:
        if exchange.conditional:
            return FetchResult("unchanged", "has nothing new since the last check", status, final_url=exchange.url)
        sentence += " (not modified) although it was asked for everything"
    elif status == 410:
        outcome, sentence = "gone", "answered 410: the publisher took this address down for good"
    elif status == 429:
        outcome, sentence = "rate-limited", "answered 429 (too many requests)"
    elif status in (401, 403, 407, 451):
        sentence += ": it does not let us read this"
    elif status == 404:
        sentence += ": nothing is at this address"
    elif status >= 500:
        sentence += ": the server has a fault"
    if wait is not None:
        sentence += f"; asked to wait {in_words(wait)}"
    return FetchResult(outcome, sentence, status, final_url=exchange.url, retry_after=wait)


def _inflated(response: httpx.Response, bound: int, deadline: Deadline) -> Iterator[bytes]:
    """Yield the body, inflated piece by piece so that a bomb is cut at the bound and not after it."""
    coding = _header(response, b"content-encoding").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise Stopped("unreadable", f"used an encoding that was not asked for ({coding[:40]})")
    length = _header(response, b"content-length")
    if length.isdigit() and int(length[:18]) > bound:
        raise Stopped("too-large", f"announced more than {bound / MB:g} MB")
    too_large = Stopped("too-large", f"sent more than {bound / MB:g} MB")
    inflater = None if coding in ("", "identity") else zlib.decompressobj(wbits=47 if "gzip" in coding else 15)
    total = 0
    for chunk in response.stream:  # type: ignore[union-attr]  # a sync stream, made in GuardedTransport
        deadline.left()
        pending = chunk
        while pending:
            if inflater is None:
                piece, pending = pending, b""
            else:
                try:
                    piece = inflater.decompress(pending, MB)
                except zlib.error:
                    raise Stopped("unreadable", f"said its answer is {coding}, and it is not") from None
                pending = inflater.unconsumed_tail
            total += len(piece)
            if total > bound:
                raise too_large
            yield piece
    if inflater is not None and total and not inflater.eof:
        raise Stopped("truncated", f"broke off in the middle of its {coding} answer")


def _header(response: httpx.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers.raw if key.lower() == name), "")


def _validator(response: httpx.Response, name: bytes) -> str:
    """Keep a validator only if it can be sent back exactly as it came."""
    value = _header(response, name)
    fits = len(value) <= MAX_VALIDATOR and all(" " <= c <= "~" or c >= "\xa0" for c in value)
    return value if fits else ""


def _join(base: str, location: str) -> str:
    """Resolve a Location, leaving characters that urljoin would drop in place so that vet_url refuses them."""
    if any(c <= " " or c in "\\\x7f" for c in location.strip(" ")):
        return location
    try:
        return urljoin(base, location.strip(" ").encode("latin-1").decode("utf-8", "replace"))
    except ValueError:
        return location


def _protocol_stop(error: Exception) -> Stopped:
    text = str(error).lower()
    if "without sending complete" in text or "incomplete" in text:
        return Stopped("truncated", "broke off before the end of its answer")
    if "disconnected" in text:
        return Stopped("unreachable", "closed the connection without an answer")
    return Stopped("http-error", "gave an answer that is not valid HTTP")
