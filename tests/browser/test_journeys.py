"""What a CISO does in a day, done in a browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from advisor.attestation.links import make_token
from advisor.attestation.requests import request_sign_off
from knowledge.places import Places
from knowledge.records.attestation import AudienceMember
from knowledge.settings import load_settings

REASON = "hosted by the vendor, confirmed by phone"


def test_the_morning(person: Any, actions: Callable[[str], list[str]]) -> None:
    """Portfolio, brief, evidence, a dismissal, a policy change that waits."""
    page = person.page
    person.open("/")
    person.sees("Northgate Family Clinic", within="[data-testid=stMain]")
    assert "Not affected" in person.words()
    person.press("Open Northgate Family Clinic")
    page.wait_for_url("**/brief?client=northgate**")
    person.sees("Act now (1)")
    page.get_by_text("Evidence:").first.click()
    person.sees("supplier list")

    card = "[class*=st-key-item-check-today-3]"
    person.press("Dismiss…", within=card)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Dismiss").last.click()
    person.sees("a dismissal needs a reason", within="[role=dialog]")
    dialog.get_by_label("Why does it not concern the client?").fill(REASON)
    dialog.get_by_role("button", name="Dismiss").last.click()
    person.sees(REASON, within=card)
    assert "note.dismiss" in actions("northgate")

    person.press("Propose policy change…", within="[class*=st-key-line-act-now-1]")
    person.press("Look and propose", within="[role=dialog]")
    dialog.locator("[data-testid=stAlert]").first.wait_for()
    assert "vendor risk" in dialog.inner_text().casefold()


def test_a_question_opens_its_citation(person: Any) -> None:
    page = person.page
    person.open("/chat?client=northgate")
    person.sees("Are we affected by CVE-")
    box = page.get_by_placeholder("Ask about Northgate Family Clinic")
    box.fill("How fast must accounts be disabled when somebody leaves?")
    box.press("Enter")
    person.sees("on the last working day")
    person.settle()
    page.get_by_role("button", name="[1]").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("mark").first.wait_for()
    assert "accounts are disabled" in dialog.locator("mark").first.inner_text()
    assert "2 Passwords and sign-in" in dialog.inner_text(), "the neighbours of the passage are there too"
    assert "access-policy.md" in dialog.inner_text()


def test_an_abstention_is_explained(person: Any) -> None:
    person.open("/chat?client=northgate")
    box = person.page.get_by_placeholder("Ask about Northgate Family Clinic")
    box.fill("Which colour are the curtains of the cafeteria in Lisbon?")
    box.press("Enter")
    person.sees("No answer: nothing that was searched says this.")
    person.sees("Searched")


def test_a_redline_is_accepted_reviewed_approved_and_published(
    person: Any, actions: Callable[[str], list[str]]
) -> None:
    page = person.page
    person.open("/policies?client=northgate")
    person.press("Draft or take in")
    page.get_by_label("Document").first.wait_for()
    page.get_by_text("Take in a document that is in force").wait_for()
    page.get_by_role("combobox", name="Document").click()
    page.get_by_role("option", name="Incident Procedure").click()
    person.settle()
    person.press("Take in")
    person.sees("waits for you")
    person.press("Accept the new policy")
    person.sees("is published now")

    person.press("Draft or take in")
    page.get_by_role("combobox", name="Topic").first.click()
    page.get_by_role("option", name="Incident Response").first.click()
    person.settle()
    person.press("Draft")
    page.locator("[class*=st-key-hunk-]").first.wait_for()
    assert page.locator(".vc-sides ins").first.is_visible()
    person.press("Accept 1")
    person.sees("Accepted.")
    before = actions("northgate")
    assert "proposal.accept" in before
    assert "policy.publish" not in before

    person.press("Policies (3)") if page.get_by_text("Policies (3)").count() else person.press("Policies (2)")
    page.get_by_role("combobox", name="Open a policy").click()
    page.get_by_role("option", name="Incident Procedure").click()
    person.settle()
    person.press("Review")
    person.press("Submit for review")
    person.sees("is in review")
    page.get_by_text("yes", exact=True).click()
    person.settle()
    person.press("Approve")
    person.sees("is approved")
    person.press("Publish")
    person.sees("is in force")
    assert "policy.publish" in actions("northgate")


def test_an_import_with_a_wrong_column_is_put_right(person: Any, tmp_path: Path) -> None:
    """The guess takes "Chassis" for nothing; the person says that it is the version, sees the dry run, applies."""
    page = person.page
    listed = tmp_path / "devices.csv"
    listed.write_text("Device,Maker,Model,Chassis\nLB-09,Progress,LoadMaster,7.2.62\nNAS-09,Synology,DiskStation,7.2\n")
    person.open("/assets?client=fernwheel")
    person.press("Import")
    page.locator("input[type=file]").set_input_files(str(listed))
    person.sees("What each column means")
    person.sees("2 new")
    page.get_by_role("button", name="Apply").wait_for()
    page.get_by_role("combobox", name="Chassis").click()
    page.get_by_role("option", name="version", exact=True).click()
    person.settle()
    person.press("Apply")
    person.sees("Imported.")
    person.press("Names")
    page.reload()
    person.settle()
    page.get_by_role("button", name="Export as CSV").wait_for()
    with page.expect_download() as file:
        page.get_by_role("button", name="Export as CSV").click()
    text = Path(str(file.value.path())).read_text(encoding="utf-8-sig")
    assert '"LB-09"' in text
    assert '"7.2.62"' in text


HOSTILE = ("docx/bomb.docx", "docx/xxe.docx", "docx/not_a_zip.docx", "pdf/not_pdf.pdf", "docx/hidden_injection.docx")


def test_hostile_documents_get_plain_messages(person: Any, shared_data: Path) -> None:
    """Each refused file has one sentence; the batch goes on; hidden text is reported and left out."""
    files = [shared_data / "hostile" / "generated" / name for name in HOSTILE]
    page = person.page
    person.open("/documents?client=northgate")
    page.get_by_text("Add documents").first.click()
    page.locator("input[type=file]").set_input_files([str(file) for file in files])
    page.locator("button:not([disabled])", has=page.get_by_text("Add", exact=True)).first.click()
    page.locator("[data-testid=stAlert]", has_text="Hidden text").first.wait_for()
    for file in files[:-1]:
        said = page.locator("[data-testid=stAlert]", has_text=file.name).first
        said.wait_for()
        assert said.inner_text().strip().startswith(("error", "Not added"))
        assert len(said.inner_text()) < 400
    assert "Traceback" not in person.words()


def test_the_keyboard_is_enough(person: Any) -> None:
    """From the navigation to a page, and evidence opened, without a mouse."""
    page = person.page
    person.open("/brief?client=northgate")
    link = page.get_by_role("link", name="Audit log")
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("one => one === document.activeElement"):
            break
    else:
        pytest.fail("the navigation cannot be reached by the keyboard")
    page.keyboard.press("Enter")
    page.wait_for_url("**/audit**")
    person.sees("Verify the chain")
    person.open("/brief?client=northgate")
    summary = page.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


def test_a_signed_link_opens_one_page_and_takes_one_signature(person: Any, home: Path) -> None:
    """The vendor policy of the demo is in force; one person is asked, opens the link, signs, and cannot sign twice."""
    at = datetime.now(UTC)
    with Places(load_settings(home), now=at) as places, places.client("northgate") as place:
        client = places.profile("northgate")
        asked = [AudienceMember(name="Dana Ruiz", email="dana@northgate.example")]
        request = request_sign_off(place, client, "vendor-risk", asked, due_on=at.date() + timedelta(days=9), now=at)
        with place.read() as unit:
            token = make_token(place, client, request, unit.sign_offs.people(request.id)[0])
    person.open(f"/sign?token={token}")
    assert "Audit log" not in person.words()
    assert "Kestrel" not in person.dom()
    person.page.get_by_label("Your name, as you sign").fill("Dana Ruiz")
    person.page.get_by_text("I have read the text above").click()
    person.page.locator("button", has_text="Sign").last.click()
    person.sees("Thank you.")
    person.open(f"/sign?token={token}")
    person.sees("Signed by Dana Ruiz")
    assert person.page.get_by_label("Your name, as you sign").count() == 0
    person.page.goto(person.address + "/sign?token=bad.token")
    person.sees("This link is not valid")
