"""Chat: questions about one client, answered by quotations that open at their place."""

from __future__ import annotations

from typing import Final

import streamlit as st
from markupsafe import Markup

from knowledge.places import Places
from knowledge.records.answer import Answer, Claim, Turn
from ui.app.jobs import Job
from ui.app.questions import suggested
from ui.app.text import block, bullets, counted, inert, md, moment, paragraphs
from ui.render.escape import shown
from ui.web.views import passages
from ui.web.views.frame import View, client_page, now, show, start_job

CHECK_WORDS: Final = {
    "retrieved": "its passage was not among those found",
    "verbatim": "its quotation does not stand in the passage",
    "entities": "it names something that the passage does not",
    "ids-exist": "it names a requirement that does not exist",
    "polarity": "it says yes where the passage says no, or the other way round",
    "strength": "it says more or less than the passage: a duty, a condition, a limit or who is meant differs",
    "relevance": "it does not speak to the question",
}
MODE_WORDS: Final = {
    "extractive": "quoted by code, no language model",
    "lookup": "looked up in the tables, no language model",
}
NEW: Final = "new"
BUTTONS: Final = 5
"""With more cited passages than this they are a list to choose from."""


def show_page() -> None:
    """The conversation in view, and the line for the next question."""
    with client_page("Chat") as view:
        with view.places.client(view.client.id) as place, place.read() as unit:
            known = unit.answers.conversations()
        chosen = _conversation(view, known)
        turns = _turns(view, chosen)
        for turn in turns:
            _turn(view, turn)
        if said := view.kept("chat-error", ""):
            st.error(md(said), icon=":material/error:")
            view.drop("chat-error")
        job: Job[Turn, Claim] | None = view.kept("answering")
        asked = view.kept("asked", "") if job is not None else ""
        if job is None:
            asked = _suggestions(view, empty=not turns)
        typed = st.chat_input(
            f"Ask about {view.client.name}", key=view.key("question"), max_chars=2_000, disabled=job is not None
        )
        question = typed or asked
        if question and job is None:
            job = _start(view, chosen, question)
            st.rerun()
        if job is not None:
            _answering(view, asked, job)


def _conversation(view: View, known: tuple[tuple[str, str, object, int], ...]) -> str:
    """The chosen conversation; a new one where there is none."""
    wanted = view.kept("conversation", known[0][0] if known else NEW)
    ids = [NEW, *(one[0] for one in known)]
    if wanted not in ids:
        ids.insert(1, wanted)
    names = {NEW: "New conversation"} | {
        one[0]: f"{shown(one[1][:70])} ({counted(one[3], 'question')})" for one in known
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen: str = st.selectbox(
            "Conversation",
            ids,
            index=ids.index(wanted),
            format_func=lambda one: names.get(one, "This conversation"),
            key=view.key(f"conversations/{wanted}/{len(known)}"),
        )
        if chosen != NEW and st.button("New conversation", key=view.key("new"), icon=":material/add_comment:"):
            chosen = NEW
    if chosen != wanted:
        view.keep("conversation", chosen)
        st.rerun()
    return chosen


def _turns(view: View, chosen: str) -> tuple[Turn, ...]:
    if chosen == NEW:
        return ()
    with view.places.client(view.client.id) as place, place.read() as unit:
        return unit.answers.turns(chosen)


def _suggestions(view: View, *, empty: bool) -> str:
    """The question of the button that was pressed, if one was."""
    from knowledge.frameworks.loader import frameworks

    with view.places.client(view.client.id) as place, place.read() as unit:
        brief, documents = unit.briefs.latest(), unit.documents.list()
    shorts = {head.id: head.short for head in frameworks()}
    found = suggested(brief, documents, [shorts[one] for one in view.client.frameworks if one in shorts])
    if empty:
        if not documents:
            st.info(
                f"No document of {view.client.name} is here yet: answers come from frameworks and briefs alone. "
                "Add its policies under **Documents**.",
                icon=":material/description:",
            )
        st.caption("Every claim of an answer is quoted from a source that opens at its place. Questions of the day:")
    with st.container(horizontal=True, gap="small"):
        for number, question in enumerate(found):
            if st.button(md(question), key=view.key(f"suggestion-{number}"), type="tertiary", icon=":material/help:"):
                return question
    return ""


def _start(view: View, chosen: str, question: str) -> Job[Turn, Claim]:
    from advisor.service import make_advisor, new_conversation

    conversation = new_conversation() if chosen == NEW else chosen
    client_id, at = view.client.id, now()

    def work(places: Places, job: Job[Turn, Claim]) -> Turn:
        with make_advisor(places, places.settings) as advisor:
            return advisor.chat(client_id, conversation, question, now=at, on_claim=job.tell)

    job = start_job("Answer", work)
    view.keep("conversation", conversation)
    view.keep("asked", question)
    view.keep("answering", job)
    return job


def _answering(view: View, question: str, job: Job[Turn, Claim]) -> None:
    """Shows the claims as they are checked; the page runs anew when the answer is whole."""
    _user(view.kept("asked", question))
    with st.chat_message("assistant", avatar=":material/shield:"):
        if job.running and st.button("Stop", key=view.key("stop"), icon=":material/stop_circle:"):
            job.cancel()
        place = st.empty()
        while job.running:
            claims = "".join(str(_claim(claim, [])) for claim in job.told)
            waiting = "Stopping…" if job.cancelled else "Looking for passages, then checking every claim…"
            place.html(str(block(Markup(claims), Markup('<p class="vc-dim">{}</p>').format(waiting))))  # noqa: S704 - made of inert parts
            job.wait(0.4)
    view.drop("answering")
    if job.error:
        view.keep("chat-error", job.error)
    elif job.cancelled:
        view.keep("chat-error", "Stopped; nothing of this question was kept.")
    st.rerun()


def _user(question: str) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        show(block(paragraphs(question)))


def _turn(view: View, turn: Turn) -> None:
    _user(turn.question)
    with st.chat_message("assistant", avatar=":material/shield:"):
        answer = turn.answer
        order = list(dict.fromkeys(one.passage_id for claim in answer.claims for one in claim.citations))
        order = order or [passage.id for passage in answer.nearest]
        show(block(_answer(answer, order), _about(answer, view.client.timezone)))
        _openers(view, turn, order)


def _answer(answer: Answer, order: list[str]) -> Markup:
    parts: list[Markup] = []
    if answer.abstained:
        parts.append(
            Markup(
                '<p class="vc-decision">No answer: nothing that was searched says this.</p>'
                '<p class="vc-dim">A guess would not help. Add the document that says it, or ask in other words.</p>'
            )
        )
    supported = [claim for claim in answer.claims if claim.supported]
    parts += [_claim(claim, order) for claim in supported]
    if answer.conflicts:
        parts.append(Markup('<p class="warn">? These contradict each other</p>{}').format(bullets(answer.conflicts)))
    unsupported = [claim for claim in answer.claims if not claim.supported]
    if unsupported:
        parts.append(Markup('<p class="warn">? Not supported: said without proof, do not rely on it</p>'))
        parts += [_unsupported(claim) for claim in unsupported]
    if answer.not_covered:
        parts.append(Markup('<p class="vc-dim"><strong>Not covered</strong></p>{}').format(bullets(answer.not_covered)))
    if answer.nearest:
        near = [f"{passage.title} ({passage.locator})" for passage in answer.nearest]
        parts.append(
            Markup('<p class="vc-dim"><strong>Nearest, though none of it answers the question</strong></p>{}').format(
                bullets(near)
            )
        )
    return Markup("").join(parts)


def _claim(claim: Claim, order: list[str]) -> Markup:
    numbers = sorted({order.index(one.passage_id) + 1 for one in claim.citations if one.passage_id in order})
    marks = Markup(" ").join(Markup("<strong>[{}]</strong>").format(number) for number in numbers)
    quotes = Markup("").join(
        Markup('<div class="vc-quote vc-small">“{}” <span class="vc-dim">{}, {}</span></div>').format(
            inert(one.quote), inert(one.source), inert(one.locator)
        )
        for one in claim.citations
    )
    proof = Markup("<details><summary>✓ {}</summary><div>{}</div></details>").format(
        counted(len(claim.citations), "quotation"), quotes
    )
    return Markup("<p>{} {}</p>{}").format(inert(claim.text), marks, proof if claim.citations else "")


def _unsupported(claim: Claim) -> Markup:
    why = [CHECK_WORDS[check.name] for check in claim.checks if not check.passed]
    return Markup('<p>{} <span class="vc-dim">({})</span></p>').format(
        inert(claim.text), inert("; ".join(why) or "no quotation proves it")
    )


def _about(answer: Answer, zone: str) -> Markup:
    how = MODE_WORDS.get(answer.mode, "") or f"worded by {answer.model}, each claim checked"
    seconds = sum(answer.seconds.values())
    rewritten = f" Read as: “{answer.standalone_question}”" if answer.standalone_question else ""
    how = f"{how[:1].upper()}{how[1:]}; {seconds:.1f} s, {moment(answer.asked_at, zone)}."
    return Markup('<p class="vc-facts">{}</p>').format(inert(f"{answer.searched} {how}{rewritten}"))


def _openers(view: View, turn: Turn, order: list[str]) -> None:
    """A way to open each cited or nearest passage at its place: a button each, or a list where there are many."""
    where = {one.id: (one.title, one.locator) for one in turn.answer.nearest}
    where |= {one.passage_id: (one.source, one.locator) for claim in turn.answer.claims for one in claim.citations}
    names = {}
    for number, passage_id in enumerate(order, start=1):
        source, locator = where[passage_id]
        name = locator if source in locator else f"{source}, {locator}"
        names[passage_id] = f"[{number}] {name}"[:90]
    key = f"open-{turn.conversation_id}-{turn.seq}"
    chosen = ""
    if len(order) > BUTTONS:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            picked = st.selectbox(
                "Passage", order, format_func=lambda one: shown(names[one]), key=view.key(f"{key}-which")
            )
            if st.button("Open at its place", key=view.key(key), icon=":material/find_in_page:"):
                chosen = picked
    else:
        with st.container(horizontal=True, gap="small"):
            for passage_id in order:
                if st.button(
                    md(names[passage_id]),
                    key=view.key(f"{key}-{passage_id}"),
                    type="tertiary",
                    icon=":material/find_in_page:",
                    help="Opens the passage at its place.",
                ):
                    chosen = passage_id
    if chosen:
        cites = [one for claim in turn.answer.claims for one in claim.citations]
        passages.opened(view.client.id, turn.answer, chosen, [one.quote for one in cites if one.passage_id == chosen])
