"""Cases 1 and 2: foreign ids, and two sessions side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from advisor.service import Advisor
from evals.made import AT
from evals.obeying import ObeyingStub
from evals.suites.isolation_attack import attack_functions
from knowledge.places import Places

WORDS = {"acme": "ACME-KANARI-11", "globex": "GLOBEX-KANARI-22"}


def test_c01_a_foreign_id_is_refused_like_one_that_does_not_exist(firms: Places) -> None:
    calls = attack_functions(firms, WORDS)
    assert len({call["function"] for call in calls}) >= 15
    assert [call for call in calls if call["leak"]] == []
    with firms.shared().read() as unit:
        denied = [row for row in unit.audit.rows() if row.action == "access.denied"]
    assert denied, "refusals are written down"


def test_c02_two_sessions_ask_the_same_question(
    asking: Advisor, stub: ObeyingStub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    def ask(client_id: str) -> Any:
        return asking.ask(client_id, "Under which word are our backups kept?", now=AT)

    for client_id, other in (("acme", "globex"), ("globex", "acme")):
        stub.requests.clear()
        caplog.clear()
        answer = ask(client_id).model_dump_json()
        prompts = repr(stub.requests)
        assert WORDS[client_id] in answer
        assert WORDS[client_id] in prompts
        for seen in (answer, prompts, caplog.text):
            assert WORDS[other] not in seen


def test_c02_sessions_in_threads_do_not_mix(firms: Places) -> None:
    from advisor.service import make_advisor

    def session(client_id: str) -> list[str]:
        with make_advisor(firms, firms.settings, dense="off") as advisor:
            return [
                advisor.ask(client_id, "Under which word are our backups kept?", now=AT).model_dump_json()
                for _ in range(5)
            ]

    with ThreadPoolExecutor(2) as pool:
        for client_id, answers in zip(WORDS, pool.map(session, WORDS), strict=True):
            other = next(word for name, word in WORDS.items() if name != client_id)
            assert all(WORDS[client_id] in answer and other not in answer for answer in answers)
