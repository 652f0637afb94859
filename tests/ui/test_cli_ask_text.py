"""How a claim is written in the terminal: what is quoted can be told from what is not."""

from __future__ import annotations

from knowledge.records.answer import Citation, Claim
from ui.cli.ask import _by_source, _quoted


def _cited(quote: str, source: str = "Vendor Policy", locator: str = "section 2") -> Citation:
    return Citation(passage_id="p", source=source, locator=locator, quote=quote)


def test_a_quotation_stands_in_quotation_marks() -> None:
    claim = Claim(text="Vendor Policy, section 2: Vendors sign.", citations=(_cited("Vendors sign."),), supported=True)
    assert _quoted(claim) == ['Vendor Policy, section 2: "Vendors sign."']


def test_several_quotations_have_a_line_each() -> None:
    text = "GV.SC-10 asks: Plans exist. Vendors v1, clause 2 says: Data are returned. They are destroyed."
    quotes = ("Plans exist.", "Data are returned.", "They are destroyed.")
    claim = Claim(text=text, citations=tuple(map(_cited, quotes)), supported=True)
    assert _quoted(claim) == [
        'GV.SC-10 asks: "Plans exist."',
        'Vendors v1, clause 2 says: "Data are returned."',
        '"They are destroyed."',
    ]


def test_a_claim_in_other_words_stays_as_it_is() -> None:
    claim = Claim(text="CP-9 is paired with A.8.13.", citations=(_cited("CP-9 intersects A.8.13"),), supported=True)
    assert _quoted(claim) == ["CP-9 is paired with A.8.13."]


def test_a_requirement_is_named_once_beside_its_framework() -> None:
    cited = (_cited("x", "PR.DS-11 Backups made", "CSF 2.0, PR.DS-11"), _cited("y"))
    assert list(_by_source(Claim(text="t", citations=cited, supported=True))) == [
        "CSF 2.0, PR.DS-11",
        "Vendor Policy; section 2",
    ]
