"""Opens connections to checked public addresses only, under one deadline: the network backend of `ingest/http.py`."""

from __future__ import annotations

import base64
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore

from ingest.addresses import refuse_address
from knowledge.errors import SettingsError
from knowledge.records.source import Outcome

Resolve = Callable[[str, int], Sequence[str]]
"""Name and port to all its addresses; raises OSError."""
Dial = Callable[[str, int, float], socket.socket]
"""Address, port and seconds to a connected socket; raises OSError."""

MAX_ADDRESSES = 32
CONNECT_SECONDS = 8.0
"""For one address, so that a dead IPv6 route leaves time for IPv4."""


class Stopped(Exception):  # noqa: N818 - the end of an exchange, mapped to a result, never shown as an error
    """Ends an exchange with an outcome and a sentence without a full stop."""

    def __init__(self, outcome: Outcome, sentence: str) -> None:
        super().__init__(sentence)
        self.outcome: Outcome = outcome
        self.sentence = sentence


class Deadline:
    """A moment by which everything has to be done, on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, always more than zero.

        Raises:
            Stopped: none are left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise Stopped("timeout", f"was not done within {self._seconds:g} s")
        return left


def system_resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver for all addresses of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def system_dial(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to exactly this address and make sure that the peer is it."""
    sock = socket.create_connection((address, port), timeout=seconds)
    peer = ipaddress.ip_address(str(sock.getpeername()[0]).partition("%")[0])
    if peer != ipaddress.ip_address(address):
        sock.close()
        raise OSError("the connection ended at another address")
    return sock


class Proxy:
    """An HTTP proxy that the operator set explicitly; environment variables are never read.

    It is asked to CONNECT to the address that was checked here, not to the name, so it cannot be led elsewhere.

    Raises:
        SettingsError: not `http://[user:password@]host:port`.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or not port or parts.scheme != "http":
            raise SettingsError("is not http://host:port", subject="proxy", hint="Give the proxy with its port.")
        self.host, self.port = host, port
        self._auth = b""
        if parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            self._auth = b"Proxy-Authorization: Basic " + base64.b64encode(pair) + b"\r\n"

    def connect_request(self, address: str, port: int) -> bytes:
        """Build the CONNECT request for a checked address."""
        target = (f"[{address}]" if ":" in address else address) + f":{port}"
        return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n".encode() + self._auth + b"\r\n"


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves once, refuses unless every address is public, connects to one of those addresses.

    Args:
        resolve: the resolver.
        dial: opens the socket.
        deadline: of the whole exchange; also bounds the name look-up and each read.
        max_wire_bytes: bytes read from the wire before it is cut, headers included.
    """

    def __init__(
        self, *, resolve: Resolve, dial: Dial, deadline: Deadline, max_wire_bytes: int, proxy: Proxy | None = None
    ) -> None:
        self._resolve, self._dial, self._proxy = resolve, dial, proxy
        self._deadline, self._max_wire_bytes = deadline, max_wire_bytes

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline rules
        local_address: str | None = None,  # noqa: ARG002 - never set here
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - never set here
    ) -> httpcore.NetworkStream:
        """Connect to a public address of `host`.

        Raises:
            Stopped: a refused address, no address, no connection, or no time left.
        """
        addresses = self.checked_addresses(host, port)
        trouble = "nothing answered"
        for address in _both_families(addresses)[:4]:
            try:
                sock = self._open(address, port)
            except TimeoutError:
                trouble = "no connection in time"
            except OSError as error:
                trouble = error.strerror or str(error)
            else:
                return GuardedStream(sock, host, self._deadline, self._max_wire_bytes)
        self._deadline.left()
        raise Stopped("unreachable", f"could not be reached ({trouble.lower()[:80]})")

    def checked_addresses(self, host: str, port: int) -> list[str]:
        """Resolve a host under the deadline; every address has to be public.

        Raises:
            Stopped: see `connect_tcp`.
        """
        addresses = [str(a) for a in self._resolve_in_time(host, port)][:MAX_ADDRESSES]
        if not addresses:
            raise Stopped("unreachable", "has no address")
        for address in addresses:
            if reason := refuse_address(address):
                raise Stopped("refused", f"{host} leads inside ({reason}) and was not asked")
        return addresses

    def _resolve_in_time(self, host: str, port: int) -> Sequence[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass
        answer: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answer.put(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answer.put(error if isinstance(error, OSError) else OSError(str(error)))

        # getaddrinfo has no time-out of its own, so it may be left behind in its thread.
        threading.Thread(target=ask, daemon=True).start()
        try:
            found = answer.get(timeout=self._deadline.left())
        except queue.Empty:
            raise Stopped("timeout", "its name was not resolved in time") from None
        if isinstance(found, OSError):
            raise Stopped("unreachable", f"its name could not be resolved ({found.strerror or found})"[:120])
        return found

    def _open(self, address: str, port: int) -> socket.socket:
        if self._proxy is None:
            return self._dial(address, port, min(self._deadline.left(), CONNECT_SECONDS))
        sock = socket.create_connection((self._proxy.host, self._proxy.port), timeout=self._deadline.left())
        try:
            sock.sendall(self._proxy.connect_request(address, port))
            self._read_proxy_answer(sock)
        except BaseException:
            sock.close()
            raise
        return sock

    def _read_proxy_answer(self, sock: socket.socket) -> None:
        """Read byte by byte up to the blank line, so that nothing of the tunnel is swallowed."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            sock.settimeout(self._deadline.left())
            byte = sock.recv(1)
            if not byte or len(head) > 8_192:
                raise Stopped("unreachable", "the proxy gave no usable answer")
            head += byte
        status = head.split(b"\r\n", 1)[0].split(b" ")
        if len(status) < 2 or status[1] != b"200":
            raise Stopped("unreachable", f"the proxy refused ({status[1][:3].decode('ascii', 'replace')})")


def _both_families(addresses: Sequence[str]) -> list[str]:
    """Alternate between IPv6 and IPv4, keeping the resolver's order within each."""
    v6, v4 = [a for a in addresses if ":" in a], [a for a in addresses if ":" not in a]
    first, second = (v6, v4) if addresses[:1] == v6[:1] else (v4, v6)
    return [address for pair in zip_longest(first, second) for address in pair if address]


class GuardedStream(httpcore.NetworkStream):
    """A socket whose every read and write ends at the deadline and whose total is bounded."""

    def __init__(self, sock: socket.socket, host: str, deadline: Deadline, max_bytes: int) -> None:
        self._sock, self._host, self._deadline = sock, host, deadline
        self._left = max_bytes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline rules
        """Read some bytes; raises Stopped at the deadline or bound, httpcore.ReadError when the line breaks."""
        if self._left <= 0:
            raise Stopped("too-large", "sent more than the limit")
        self._sock.settimeout(self._deadline.left())
        try:
            data = self._sock.recv(max_bytes)
        except TimeoutError:
            self._deadline.left()
            raise Stopped("timeout", "stopped sending") from None
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._left -= len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline rules
        """Write all of `buffer`; raises like `read`."""
        self._sock.settimeout(self._deadline.left())
        try:
            self._sock.sendall(buffer)
        except TimeoutError:
            raise Stopped("timeout", "did not take the request in time") from None
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline rules
    ) -> httpcore.NetworkStream:
        """Shake hands; the certificate has to be for the host that was asked, not for the address.

        Raises:
            Stopped: the certificate or the handshake is not good.
        """
        try:
            self._sock.settimeout(self._deadline.left())
            self._sock = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname or self._host)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise Stopped("tls-error", f"its TLS certificate was not accepted ({error.verify_message})") from error
        except TimeoutError as error:
            self.close()
            raise Stopped("timeout", "did not finish the TLS handshake in time") from error
        except OSError as error:
            self.close()
            reason = (getattr(error, "reason", None) or str(error)).lower().replace("_", " ")
            raise Stopped("tls-error", f"its TLS handshake failed ({reason[:80]})") from error
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ARG002 - nothing is told
        """Nothing about the socket is told; httpcore asks for `ssl_object` to learn of HTTP/2, which is off."""
        return None
