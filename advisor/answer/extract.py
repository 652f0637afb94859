"""Answers without a model: the best sentences of the best passages, or an abstention where none is good enough."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from advisor.answer import patterns
from advisor.answer.lookups import requirements
from advisor.answer.material import Composed, Material, label, match_of
from advisor.answer.questions import Question
from advisor.grounding.checks import Draft
from advisor.grounding.entities import quantities, says_when
from advisor.grounding.relevance import TELLING, Judged, best_sentences
from advisor.grounding.text import quotable
from advisor.grounding.words import coverage, in_field_words, stems
from knowledge.frameworks.catalogue import Match
from knowledge.records.search import Passage, PassageKind
from knowledge.search.sentences import sentences

REQUIREMENTS: tuple[PassageKind, ...] = ("requirement",)
DOCUMENTS: tuple[PassageKind, ...] = ("document",)

# Calibrated on evals/cases/answers: the lowest at which at most one unanswerable question in twenty is answered.
MIN_REQUIREMENT = 0.52
"""Relevance below which a requirement is no answer."""
WITHOUT_VECTORS = 0.10
"""Added to both where only words were compared, which are easier to meet by chance."""
MIN_WITHOUT_FIGURE = 0.62
"""The same for a requirement that is on the topic and sets no figure where one is asked for."""
NEAR_BEST_FIGURE = 0.75
"""Share of the best passage's relevance that one with a figure needs: a figure for something else is no answer."""
MIN_DOCUMENT = 0.60
"""The same for a passage of the client's documents, whose words are closer to those of the question."""
NEAR_BEST = 0.85
"""Share of the best passage's relevance that a further one needs."""
MIN_FURTHER = 0.45
"""Relevance of a further requirement, once one is good enough to answer at all."""
RANK_SHARE = 0.4
"""What the first place of a search is worth beside relevance; the n-th is worth 1/sqrt(n) of it. A search weighs what a
passage alone does not show: its framework's counterparts, its related controls, its enhancements."""
BEHIND = 0.25
"""How far behind the best requirement, place and relevance together, a further one may be."""
BEHIND_LISTED = 0.28
"""The same where a list is asked for ("which controls cover ...")."""
MIN_SENTENCE = 0.58
"""Likeness below which a sentence of a document is no answer: its cosine, and WORDS_SHARE of the words it has of those
that are asked for."""
WORDS_SHARE = 0.25
BESIDE = 0.18
"""How far behind the best sentence a further one may be."""
BESIDE_FIGURE = 0.12
"""The same where a figure is asked for: one for something else misleads."""
SAYS_ALL = 0.9
"""Share of what is asked, by weight, from which a sentence under its headings says all of it."""
MIN_SAYING_ALL = 0.50
MIN_COSINE = 0.25
"""Likeness and cosine that are enough for a sentence that says all that is asked."""
TIMES = frozenset({"minute", "hour", "day", "week", "month", "year", "second"})
DATED = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}\.\d{1,2}\.\d{2,4}\b")
POINT = re.compile(r"\([a-z]\)$")
"""Of an id: a point of a paragraph."""
NO_FIGURE = "What is cited sets no figure for this: the time or the rhythm is for you to set, and to write down."
MAX_REQUIREMENTS = 6
MAX_OF_ONE = 3
"""Requirements of one framework, where several are asked."""
MAX_PASSAGES = 4
MAX_OF_DOCUMENT = 6
"""Sentences of a document that is asked for as a whole."""


def coverage_answer(material: Material) -> Composed:
    """Which requirements speak of the topic."""
    return _from_requirements(material, material.search(topic_of(material), kinds=REQUIREMENTS))


def documents_answer(material: Material) -> Composed:
    """What the client's documents say on the topic."""
    found = material.search(topic_of(material), kinds=DOCUMENTS)
    if not found and material.question.about:
        # No document is here to say what is "ours": what the frameworks ask for is all that can be told.
        return coverage_answer(material)
    return _from_documents(material, found)


def general_answer(material: Material) -> Composed:
    """Documents and requirements side by side, documents first."""
    documents = _from_documents(material, material.search(topic_of(material), kinds=DOCUMENTS))
    if patterns.FACT.match(material.question.text):
        return documents
    found = coverage_answer(material)
    if documents.drafts and not material.question.frameworks:
        # The client's own rule is the answer; requirements beside it are the three nearest.
        found = Composed(found.drafts[:3])
    return documents + found


def compare_answer(material: Material) -> Composed:
    """Each side in its own words, one claim each: named ids, frameworks on the topic, the client's documents."""
    question = material.question
    composed = requirements(material) if question.named or question.withdrawn else Composed()
    homes = {match.framework.id for match in question.named}
    for framework in question.frameworks:
        if framework not in homes:
            found = material.search(topic_of(material), kinds=REQUIREMENTS, frameworks=(framework,))
            composed += _from_requirements(material, found, most=3)
    if question.ours:
        query = topic_of(material) or " ".join(f"{m.requirement.title} {m.requirement.summary}" for m in question.named)
        found = material.search(query, kinds=DOCUMENTS)
        composed += _from_documents(material, found)
    return Composed(composed.drafts, composed.not_covered, "extractive")


def topic_of(material: Material) -> str:
    """What to search for; empty where the question is about nothing."""
    return material.question.topic if material.question.about else ""


def chosen(found: Iterable[Judged], least: float, near: float = NEAR_BEST) -> list[Judged]:
    """Passages good enough to answer from, best first."""
    found = tuple(found)
    if not any(one.dense for one in found):
        least += WITHOUT_VECTORS
    ranked = sorted(found, key=lambda one: (-(one.relevance + 0.3 / (2 + one.hit.rank)), one.hit.rank))
    good = [one for one in ranked if one.relevance >= least]
    if not good:
        return []
    best = good[0].relevance
    return [one for one in good if one.relevance >= near * best]


def _standing(one: Judged) -> float:
    """Relevance, and the place in the search."""
    return one.relevance + RANK_SHARE / math.sqrt(one.hit.rank)


def _requirements_chosen(found: Iterable[Judged], behind: float) -> list[Judged]:
    """Requirements to answer with, best first: none where no relevance reaches the bar."""
    found = tuple(found)
    more = 0.0 if any(one.dense for one in found) else WITHOUT_VECTORS
    if max((one.relevance for one in found), default=0.0) < MIN_REQUIREMENT + more:
        return []
    good = [one for one in found if one.relevance >= MIN_FURTHER + more]
    best = max(map(_standing, good))
    kept = [one for one in good if _standing(one) >= best - behind]
    return sorted(kept, key=lambda one: (-_standing(one), one.hit.rank))


def _from_requirements(material: Material, found: Sequence[Judged], *, most: int = MAX_REQUIREMENTS) -> Composed:
    question = material.question
    drafts: list[Draft] = []
    per: Counter[str] = Counter()
    several = len(material.frameworks) != 1
    if question.deadline:
        return _with_figure(material, found, most)
    listed = patterns.COVERAGE.search(question.text)  # "which controls cover ...": all of them are asked for
    for one in _requirements_chosen(found, BEHIND_LISTED if listed else BEHIND):
        match = match_of(one.passage, material.catalogue)
        if match is None or (several and per[match.framework.id] >= MAX_OF_ONE):
            continue
        quotes = best_sentences(one.passage, question.about, match.requirement, most=1)
        if not quotes:
            continue
        per[match.framework.id] += 1
        drafts.append(Draft(f"{label(match)}: {quotes[0]}", ((one.passage.id, quotes[0]),)))
        if len(drafts) >= most:
            break
    return Composed(tuple(drafts))


def _with_figure(material: Material, found: Sequence[Judged], most: int) -> Composed:
    """The requirements that give a figure; where none does, the one on the topic, and that it sets none."""
    best = max((one.relevance for one in found), default=0.0)
    per: Counter[str] = Counter()
    said: dict[str, tuple[Match, Draft]] = {}
    for one in chosen((one for one in found if one.relevance >= NEAR_BEST_FIGURE * best), MIN_REQUIREMENT):
        match = match_of(one.passage, material.catalogue)
        if match is not None and per[match.framework.id] < MAX_OF_ONE and (quote := _figure(material, one.passage)):
            per[match.framework.id] += 1
            said[match.label] = (match, Draft(f"{label(match)}: {quote}", ((one.passage.id, quote),)))
    if said:
        return Composed(tuple(_whole_lists(material, said))[: max(most, len(said))])
    nothing = ("None of the requirements found gives a figure.",)
    if not patterns.RHYTHM.search(material.question.text):
        return Composed((), nothing)
    seen: dict[str, Draft] = {}
    for one in chosen(found, MIN_WITHOUT_FIGURE):
        match = match_of(one.passage, material.catalogue)
        quotes = best_sentences(one.passage, material.question.about, material.row(one.passage), most=1)
        if match is not None and quotes:
            seen.setdefault(match.framework.id, Draft(f"{label(match)}: {quotes[0]}", ((one.passage.id, quotes[0]),)))
    if not seen:
        return Composed((), nothing)
    return Composed(tuple(seen.values())[:MAX_OF_ONE], (NO_FIGURE,))


def _whole_lists(material: Material, said: Mapping[str, tuple[Match, Draft]]) -> list[Draft]:
    """Requirements with figures; of points (a), (b) of one paragraph that two of them are, every one that gives a time.

    Reports after 72 hours and after a month are one rule with the warning after 24 hours, which must not be missing.
    """
    under = Counter((match.framework.id, match.requirement.parent) for match, _ in said.values())
    told: dict[str, Draft] = {}
    for own, (match, draft) in said.items():
        parent = match.requirement.parent
        if under[match.framework.id, parent] > 1 and POINT.search(match.requirement.id):
            for row in material.catalogue.pack(match.framework.id).children(parent):
                item = Match(match.framework, row)
                if item.label in said:
                    told.setdefault(item.label, said[item.label][1])
                elif row.assessable and not row.withdrawn and any(q.unit in TIMES for q in quantities(row.summary)):
                    passage = material.requirement(item, "in one list with what was found").passage
                    if quote := _figure(material, passage):
                        told.setdefault(item.label, Draft(f"{label(item)}: {quote}", ((passage.id, quote),)))
        else:
            told.setdefault(own, draft)
    return list(told.values())


def _figure(material: Material, passage: Passage) -> str:
    """What would be quoted of a requirement, where that says when, how fast or how often; else empty."""
    row = material.row(passage)
    quotes = best_sentences(passage, material.question.about, row, deadline=True, most=1)
    return quotes[0] if quotes and says_when(quotes[0]) else ""


def _from_documents(material: Material, found: Sequence[Judged]) -> Composed:
    question = material.question
    near = _nearest(material, [one.passage for one in found])
    if near:
        drafts = _by_sentence(material, found, near)
        notes = () if drafts or not question.deadline else ("None of the documents found gives a figure.",)
        return Composed(tuple(drafts), notes)
    drafts = []
    for one in chosen(found, MIN_DOCUMENT)[:MAX_PASSAGES]:
        for quote in _telling(one, question):
            text = f"{one.passage.title}, {one.passage.locator}: {quote}"
            drafts.append(Draft(text, ((one.passage.id, quote),)))
    notes = () if drafts or not question.deadline else ("None of the documents found gives a figure.",)
    return Composed(tuple(drafts), notes)


def _nearest(material: Material, passages: Sequence[Passage]) -> Mapping[str, Mapping[str, float]]:
    """How near each sentence is to the question as asked or in the field's words, whichever is nearer."""
    text = material.question.text
    near = material.searcher.likeness(text, passages)
    again = in_field_words(text)
    if not near or again.casefold() == text.casefold():
        return near
    other = material.searcher.likeness(again, passages)
    return {
        i: {sentence: max(score, other.get(i, {}).get(sentence, -1.0)) for sentence, score in scores.items()}
        for i, scores in near.items()
    }


def _by_sentence(material: Material, found: Sequence[Judged], near: Mapping[str, Mapping[str, float]]) -> list[Draft]:
    """The sentences nearest to the question by meaning and by words, best first; none where the best is too far."""
    question = material.question
    scored: list[tuple[float, int, Passage, str]] = []
    good: set[tuple[str, str]] = set()
    for one in found:
        head = frozenset(stems(f"{one.passage.title} {' '.join(one.passage.heading_path)}"))
        for place, (sentence, cosine) in enumerate(near.get(one.passage.id, {}).items()):
            quote = quotable(sentence)
            if not quote or quote.endswith("?") or (question.deadline and not says_when(quote)):
                continue
            if _says_what_is_wanted(quote, question):
                said = coverage(question.about, head | frozenset(stems(quote)))
                score = cosine + WORDS_SHARE * said
                scored.append((score, -place, one.passage, quote))
                if score >= MIN_SENTENCE or (said >= SAYS_ALL and cosine >= MIN_COSINE and score >= MIN_SAYING_ALL):
                    good.add((one.passage.id, quote))
    scored.sort(key=lambda row: (-row[0], -row[1]))
    kept = [row for row in scored if (row[2].id, row[3]) in good]
    beside = BESIDE_FIGURE if question.deadline else BESIDE
    kept = [row for row in kept if row[0] >= kept[0][0] - beside][:MAX_PASSAGES]
    # "What does our vendor policy say?": the document is the subject, and all of it an answer.
    subject = [row for row in scored if _is_subject(row[2], question)][:MAX_OF_DOCUMENT]
    kept = subject if len(subject) > len(kept) else kept
    return [
        Draft(f"{passage.title}, {passage.locator}: {quote}", ((passage.id, quote),)) for _, _, passage, quote in kept
    ]


def _is_subject(passage: Passage, question: Question) -> bool:
    """Whether a question names a document and asks for nothing that its title does not say."""
    title = frozenset(stems(passage.title))
    return passage.title in question.documents and all(one.matches(title) for one in question.about)


def _telling(one: Judged, question: Question) -> list[str]:
    """The sentences of a passage that say something on the topic, in the passage's order, at most three."""
    head = frozenset(stems(f"{one.passage.title} {' '.join(one.passage.heading_path)}"))
    scored = []
    telling = [concept for concept in question.about if concept.weight >= TELLING]
    for place, sentence in enumerate(sentences(one.passage.text)):
        quote = quotable(sentence)
        if not quote or quote.endswith("?") or (question.deadline and not says_when(quote)):
            continue
        if not _says_what_is_wanted(quote, question):
            continue
        words = frozenset(stems(quote))
        if question.deadline and any(not concept.matches(words | head) for concept in telling):
            continue  # a figure for something else
        score = coverage(question.about, words) + coverage(question.about, words | head)
        scored.append((score, place, quote))
    best = max((score for score, _, _ in scored), default=0.0)
    kept = [(place, quote) for score, place, quote in scored if score >= 0.75 * best and (best or one.dense)]
    return [quote for _, quote in sorted(kept[:3])]


def _says_what_is_wanted(quote: str, question: Question) -> bool:
    """Somebody where the question asks who, a name where it asks for one, an amount, a count or a date likewise."""
    if question.wants == "money":
        return bool(patterns.MONEY.search(quote))
    if question.wants == "size":
        return bool(patterns.SIZE.search(quote))
    if question.wants == "count":
        return any(quantity.unit not in TIMES for quantity in quantities(quote))
    if question.wants == "day":
        return bool(DATED.search(quote))
    names = [name for name in patterns.PROPER.findall(quote) if name.casefold() not in question.text.casefold()]
    if question.wants == "who":
        here = {hit.casefold() for hit in patterns.ACTOR.findall(quote)}
        return bool(names or here - {hit.casefold() for hit in patterns.ACTOR.findall(question.text)})
    if question.wants == "name":
        return bool(names)
    return True


def sentences_naming(text: str, names: Iterable[str]) -> list[str]:
    """The sentences of a text that have one of the names, at most two."""
    wanted = [name.casefold() for name in names]
    found = [quotable(one) for one in sentences(text) if any(name in one.casefold() for name in wanted)]
    return [quote for quote in found if quote][:2]
