"""Answers and conversations are kept whole and read back as they were."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from knowledge.clients import add_client, new_ref
from knowledge.errors import NotFoundError
from knowledge.places import Places
from knowledge.records.answer import Answer, Check, Citation, Claim
from knowledge.records.client import Client
from knowledge.records.search import Hit, Passage, Reason


def answer(i: str, now: datetime, question: str = "What is AC-2?") -> Answer:
    passage = Passage(
        id="p", partition="shared", kind="requirement", title="AC-2", locator="AC-2", text="Manage {accounts}."
    )
    citation = Citation(passage_id="p", source="AC-2", locator="AC-2", quote="Manage {accounts}.")
    return Answer(
        id=i,
        question=question,
        mode="lookup",
        claims=(Claim(text="x", citations=(citation,), supported=True, checks=(Check(name="verbatim", passed=True),)),),
        abstained=False,
        searched="12 frameworks",
        hits=(Hit(passage=passage, rank=1, score=0.5, reasons=(Reason(ranker="id", rank=1, score=1.0),)),),
        seconds={"search": 0.25},
        asked_at=now,
    )


def test_an_answer_comes_back_as_it_was_and_turns_are_in_order(places: Places, now: datetime) -> None:
    add_client(places, Client(id="acme", ref=new_ref(), name="Acme", created_at=now), now)
    with places.client("acme") as place:
        with place.write() as unit:
            unit.answers.put(answer("an-1", now))
            for n in range(3):
                at = now + timedelta(minutes=n)
                turn = unit.answers.add_turn("co-1", f"q{n}", answer(f"an-t{n}", at, f"q{n}"), at)
                assert turn.seq == n + 1
            unit.answers.add_turn("co-2", "other", answer("an-o", now), now)
        with place.read() as unit:
            assert unit.answers.get("an-1") == answer("an-1", now)
            assert [turn.question for turn in unit.answers.turns("co-1")] == ["q0", "q1", "q2"]
            assert [turn.seq for turn in unit.answers.turns("co-1", last=2)] == [2, 3]
            assert unit.answers.turns("co-9") == ()
            told = unit.answers.conversations()
            assert [(i, first, count) for i, first, _, count in told] == [("co-1", "q0", 3), ("co-2", "other", 1)]
            assert unit.answers.list(limit=1)[0].id == "an-t2"
            with pytest.raises(NotFoundError):
                unit.answers.get("nope")


def test_conversations_of_one_client_are_not_seen_from_another(places: Places, now: datetime) -> None:
    for name in ("acme", "globex"):
        add_client(places, Client(id=name, ref=new_ref(), name=name.title(), created_at=now), now)
    with places.client("acme") as place, place.write() as unit:
        unit.answers.add_turn("co-1", "secret", answer("an-1", now), now)
    with places.client("globex") as place, place.read() as unit:
        assert unit.answers.turns("co-1") == ()
        assert unit.answers.list() == ()
