"""Writes a message as a mail and hands it to the mail server, saying what is sure when that goes wrong."""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Final

from knowledge.records.access import clean_address
from knowledge.records.delivery import Attempt, Message, OutboxEntry
from knowledge.settings import Settings
from ui.render.escape import foreign, safe_url, shown

_HEADER: Final = re.compile(rb"^[^ \t\r\n].*$", re.MULTILINE)
_SEVEN_BIT: Final = SMTP.clone(cte_type="7bit")
"""No server has to offer 8BITMIME."""
SECONDS: Final = 30.0
"""For each step of the talk with the server."""


_HEADERS: Final = {
    *("from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress"),
    *("mime-version", "content-type"),
}


class _Misconfigured(Exception):  # noqa: N818 - ends a try with a sentence, never shown as an error
    pass


def compose(entry: OutboxEntry, message: Message, sender: str, now: datetime) -> EmailMessage:
    """The mail of an outbox entry: plain text and HTML.

    Every header is one line of printable text, so nothing of a title can add another. The Message-ID is the same at
    every try, so that a mailbox that got it twice can tell.
    """
    mail = EmailMessage(policy=_SEVEN_BIT)
    mail["From"] = sender
    mail["To"] = entry.target
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{entry.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.text or plain_body(message))
    mail.add_alternative(message.html or html_body(message), subtype="html")
    return mail


def one_line(text: str) -> str:
    """A title as a header's value.

    The library reads encoded words (`=?utf-8?q?=0D=0A...?=`) in what it is given, and releases of Python before the fix
    of CVE-2024-6923 write their line breaks out; so no encoded word may begin in it.
    """
    line = shown(text)
    while "=?" in line:
        line = line.replace("=?", "= ?")
    return line[:200]


def plain_body(message: Message) -> str:
    """A message's parts as plain text."""
    blocks = [foreign(message.lead)] if message.lead else []
    for part in message.parts:
        lines = [foreign(part.title)]
        for line in part.lines:
            url = safe_url(line.url)
            lines.append(
                f"- {foreign(' — '.join(one for one in (line.lead, line.text) if one))}" + (f"\n  {url}" if url else "")
            )
        blocks.append("\n".join(lines))
    if message.foot:
        blocks.append(foreign(message.foot))
    return "\n\n".join(blocks) + "\n"


def html_body(message: Message) -> str:
    """A message's parts as a small page."""
    blocks = [f"<p>{escape(foreign(message.lead))}</p>"] if message.lead else []
    for part in message.parts:
        items = []
        for line in part.lines:
            lead = f"<strong>{escape(foreign(line.lead))}</strong> — " if line.lead else ""
            url = safe_url(line.url)
            title = escape(foreign(line.url_title)) or "source"
            link = f' <a href="{escape(url)}" rel="noopener noreferrer">{title}</a>' if url else ""
            items.append(f"<li>{lead}{escape(foreign(line.text))}{link}</li>")
        blocks.append(f"<h2>{escape(foreign(part.title))}</h2><ul>{''.join(items)}</ul>")
    if message.foot:
        blocks.append(f"<p><small>{escape(foreign(message.foot))}</small></p>")
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{"".join(blocks)}</body></html>'


def send_mail(entry: OutboxEntry, message: Message, settings: Settings, now: datetime) -> Attempt:
    """Sends one mail to one address."""
    leaving = False
    try:
        sender = _sender(settings)
        data = compose(entry, message, sender, now).as_bytes()
        if _header_names(data) != _HEADERS:
            return Attempt(result="refused", reason="its title would have made another header, so it was not sent")
        with _server(settings) as server:
            _answered(server.mail(sender))
            _answered(server.rcpt(entry.target))
            leaving = True
            _answered(server.data(data))
    except _Misconfigured as error:
        return Attempt(result="again", reason=str(error), endpoint_down=True)
    except smtplib.SMTPServerDisconnected:
        return _lost(leaving, "the mail server broke the connection off")
    except smtplib.SMTPResponseException as error:
        return _refusal(error)
    except smtplib.SMTPException as error:
        return Attempt(result="again", reason=f"the mail server: {shown(str(error))[:120]}", endpoint_down=not leaving)
    except ssl.SSLCertVerificationError as error:
        reason = f"the mail server's certificate was not accepted ({error.verify_message})"
        return Attempt(result="again", reason=reason, endpoint_down=True)
    except OSError as error:
        what = (
            "did not answer in time" if isinstance(error, TimeoutError) else f"could not be reached ({error.strerror})"
        )
        return _lost(leaving, f"the mail server {what}")
    return Attempt(result="sent")


def _header_names(data: bytes) -> set[str]:
    """Names of the headers on the wire, a name that stands twice as one that nobody expects."""
    head = data.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].decode("ascii", "replace").lower() for line in _HEADER.findall(head)]
    return set(names) if len(names) == len(set(names)) else set()


def _sender(settings: Settings) -> str:
    if not settings.smtp_host:
        raise _Misconfigured("no mail server is set (VCISO_SMTP_HOST)")
    try:
        return clean_address(settings.mail_from)
    except ValueError:
        raise _Misconfigured("the address to send from is not set (VCISO_MAIL_FROM)") from None


@contextmanager
def _server(settings: Settings) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if settings.ca_file:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except (OSError, ssl.SSLError):
            raise _Misconfigured("VCISO_CA_FILE cannot be read as certificates") from None
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "none" and not _loopback(host):
        raise _Misconfigured("the mail server is not on this machine, so VCISO_SMTP_SECURITY=none is refused")
    server = (
        smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
        if settings.smtp_security == "tls"
        else smtplib.SMTP(host, port, timeout=SECONDS)
    )
    try:
        server.ehlo_or_helo_if_needed()
        if settings.smtp_security == "starttls":
            if not server.has_extn("starttls"):
                raise _Misconfigured("the mail server offers no STARTTLS, so nothing was sent")
            server.starttls(context=context)
            server.ehlo()
        if settings.smtp_user and settings.smtp_password is not None:
            try:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            except smtplib.SMTPAuthenticationError as error:
                raise _Misconfigured(f"the mail server refused the account ({error.smtp_code})") from None
        yield server
        with suppress(smtplib.SMTPException, OSError):  # accepted is accepted, however the goodbye goes
            server.quit()
    finally:
        server.close()


def _answered(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, text)


_SECRET: Final = re.compile(r"[A-Za-z0-9+/=_-]{24,}")


def _refusal(error: smtplib.SMTPResponseException) -> Attempt:
    raw = error.smtp_error
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    said = _SECRET.sub("…", shown(text))[:120]
    reason = f"the mail server answered {error.smtp_code} ({said})"
    return Attempt(result="refused" if 500 <= error.smtp_code < 600 else "again", reason=reason)


def _lost(leaving: bool, what: str) -> Attempt:
    if leaving:
        return Attempt(result="unsure", reason=f"{what} after the message had left", endpoint_down=True)
    return Attempt(result="again", reason=what, endpoint_down=True)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
