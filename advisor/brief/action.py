"""What to do: the headline, the step that starts with a verb, and the one question that settles an unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from advisor.brief.concerns import Concern, Held
from advisor.brief.words import listed, name, number, on_day, plain, sentence
from knowledge.records.asset import ThirdParty
from knowledge.records.vulnerability import KevEntry

_NO_VERSIONS: Final = "Listed as affected: no versions."

MAX_STEPS: Final = 3
"""Subjects that get a step of their own; the others are done alike."""

# Words in a product's name or a supplier's service that mean standing access to the client's machines.
_ACCESS_WORDS: Final = (
    "remote", "rmm", "n-central", "ninja", "datto", "kaseya", "screenconnect", "connectwise", "teamviewer", "anydesk",
    "simplehelp", "splashtop", "atera", "beyondtrust", "managed service", "it support", "helpdesk", "service desk",
)  # fmt: skip


def headline(held: Held, kev: Sequence[KevEntry]) -> str:
    """Who, what and so what for this client, in one line of our own words."""
    first = held.live[0]
    more = len(held.live) - 1
    also = f" and {number(more)} more" if more else ""
    match first.verdict.match.subject_kind:
        case "third-party":
            return _supplier_headline(first, kev)
        case "client":
            return _profile_headline(first)
        case "asset":
            pass
    subject = f"{first.short or 'An asset'}{also}"
    if first.kind == "version-unknown" and first.asset and first.asset.version:
        return f"{subject}: find out whether {'they are' if more else plain(first.asset.version, 30) + ' is'} affected"
    if first.kind == "version-unknown":
        its = "their versions" if more else "its version"
        return f"{subject}: find out {its}"
    if first.kind == "vendor-only":
        is_it = "are they" if more else "is it"
        return f"{subject}: {is_it} the product that is meant?"
    fix = fix_words(first)
    attacked = "attackers already use this flaw" if kev else ""
    if fix:
        return f"{subject}: update to {fix}" + (f", {attacked}" if attacked else "")
    return f"{subject}: " + (
        f"{attacked}, and no fix is named yet" if attacked else "open to a flaw, and no fix is named yet"
    )


def _profile_headline(first: Concern) -> str:
    kind, called = first.rule_named
    match kind:
        case "sector":
            return f"Attacks on {called} are reported: nothing of yours is named"
        case "place":
            return f"New rules in your jurisdiction ({called}): read whether they bind you"
        case "law" | "regulator":
            return f"{called}: check what it asks of you, and by when"
        case _:
            return "A warning for your field: nothing of yours is named"


def _supplier_headline(first: Concern, kev: Sequence[KevEntry]) -> str:
    who = first.called
    if first.tool is not None:
        through = name(first.tool.product)
        if first.kind == "affected":
            return f"{who} serves you through a flawed {through}: ask for the fix"
        return f"{who} may be open through {through}: ask" + (" today" if kev else "")
    if first.kind == "affected":
        return f"{who} is affected: ask what it means for you"
    return f"{who} is in the news: ask whether you are touched"


def fix_words(concern: Concern) -> str:
    """The fix version on the branch that the asset runs; up to three where none is on it; empty where none is named."""
    fixes = [plain(fix, 40) for fix in concern.verdict.fixed_in if plain(fix, 40)]
    version = concern.asset.version if concern.asset else ""
    for depth in (2, 1):
        branch = version.split(".")[:depth]
        same = [fix for fix in fixes if len(branch) == depth and fix.split(".")[:depth] == branch]
        if version and same:
            return listed(same[:2], last="or")
    return listed(fixes[:3], last="or")


def action(held: Held, kev: Sequence[KevEntry], parties: Mapping[str, ThirdParty], today: date) -> str:
    """The steps, each starting with a verb; subjects past the third are told to be done alike."""
    steps: list[str] = []
    told: set[tuple[object, ...]] = set()
    firm = any(concern.kind != "vendor-only" for concern in held.live)
    for concern in held.live:
        if firm and concern.kind == "vendor-only" and concern.asset is not None:
            continue  # the report is about another row: a mere name's likeness is told, and asks for nothing
        # Assets of one product and verdict share a step: the sentence names them together.
        alike = _alike(concern, held.live)
        key = (
            (concern.kind, concern.product, fix_words(concern))
            if concern.asset
            else (concern.verdict.match.subject_id,)
        )
        if key in told:
            continue
        told.add(key)
        if len(steps) == MAX_STEPS:
            steps.append("Do the same for the others named above.")
            break
        steps.append(_step(concern, alike, kev, parties, today))
    return " ".join(steps)


def _alike(concern: Concern, live: Sequence[Concern]) -> list[Concern]:
    if concern.asset is None:
        return [concern]
    same = (concern.kind, concern.product, fix_words(concern))
    return [other for other in live if other.asset and (other.kind, other.product, fix_words(other)) == same]


def _step(
    concern: Concern, alike: Sequence[Concern], kev: Sequence[KevEntry], parties: Mapping[str, ThirdParty], today: date
) -> str:
    kind = concern.verdict.match.subject_kind
    if kind == "third-party":
        return _supplier_step(concern, kev)
    if kind == "client":
        return _profile_step(concern)
    names = listed([other.called for other in alike], most=MAX_STEPS)
    helper = parties.get(concern.asset.provided_by) if concern.asset and concern.asset.provided_by else None
    if concern.kind == "affected":
        steps = _fix_steps(concern, names, kev, today, many=len(alike) > 1)
    elif concern.kind == "version-unknown":
        steps = _find_steps(concern, names, many=len(alike) > 1)
    else:
        steps = [
            f"Compare {names} with the products that the sources name, and write down the exact product and version"
        ]
    if helper is not None:
        steps.append(f"Ask {_reach(helper)} to do it and to confirm")
    return " ".join(sentence(step) for step in steps)


def _profile_step(concern: Concern) -> str:
    if concern.rule_named[0] in ("law", "regulator", "place"):
        return "Read what changes and from when, decide whether it binds you, and write down who sees to it."
    return "Read how the attackers get in, and tell those of your people whom they would call, mail or impersonate."


def _exposed(concern: Concern) -> bool:
    return concern.asset is not None and concern.asset.exposure in ("internet", "unknown")


def _fix_steps(concern: Concern, names: str, kev: Sequence[KevEntry], today: date, *, many: bool) -> list[str]:
    fix = fix_words(concern)
    it, its = ("them", "their") if many else ("it", "its")
    forensics = concern.priority is not None and concern.priority.timelines[:1] == ("3-days-forensics",)
    library = concern.asset is not None and concern.asset.kind == "library"
    steps: list[str] = []
    that = names
    if forensics:
        that = it
        since = min((entry.date_added for entry in kev), default=None)
        when = f" from the weeks before {on_day(since, today)} on" if since else ""
        steps.append(
            f"Save the logs of {names} and look for signs of a break-in{when}, before anything overwrites them"
        )
    if fix and library:
        steps.append(f"Raise {that} to {fix} or later, rebuild and release what contains it")
    elif fix:
        until = f"; until then, let only addresses that you trust reach {its} sign-in and management pages"
        steps.append(f"Update {that} to {fix} or later" + (until if _exposed(concern) else ""))
    else:
        shut = f"Take {that} off the internet, or let only addresses that you trust reach {it}"
        inside = f"Let only the machines that need {that} reach {it}"
        steps.append((shut if _exposed(concern) else inside) + ": the sources name no fixed version yet")
        if any("discontinue" in entry.required_action.casefold() for entry in kev):
            steps.append(f"Stop using {it} if the vendor offers no way to protect {it}; CISA asks for that too")
    return steps


def _find_steps(concern: Concern, names: str, *, many: bool) -> list[str]:
    fix = fix_words(concern)
    what = "versions" if many else "version"
    steps = [f"Read the {what} off {names} and write {'them' if many else 'it'} into the inventory"]
    if concern.asset is not None and concern.asset.version:
        known = f"version {plain(concern.asset.version, 40)} of {names}"
        steps = [f"Check {known} against the versions that the vendor lists as affected"]
    elif not fix:
        steps.append("Compare it with the versions that the vendor lists as affected")
    if fix:
        steps.append(f"Update whatever is older than {fix}")
    if _exposed(concern):
        where = "their" if many else "its"
        steps.append(f"Close {where} management pages to the internet either way")
    return steps


def _reach(party: ThirdParty) -> str:
    held = [part for part in (_lower_start(name(party.contact)), name(party.contract)) if part]
    return f"{name(party.name)} ({'; '.join(held)})" if held else name(party.name)


def _lower_start(text: str) -> str:
    """`Service desk` in the middle of a sentence; names and addresses keep their capitals."""
    first = text.split(" ", 1)[0]
    return (
        text[:1].lower() + text[1:] if first.lower() in {"service", "help", "support", "account", "security"} else text
    )


def _supplier_step(concern: Concern, kev: Sequence[KevEntry]) -> str:
    party = concern.party
    if party is None:
        return f"Ask {concern.called} whether this touches what it does for you."
    steps = [f"{'Call' if kev else 'Ask'} {_reach(party)}, with the question that settles it"]
    words = f"{concern.tool.product if concern.tool else ''} {party.service} {party.name}".casefold()
    if any(word in words for word in _ACCESS_WORDS):
        if kev:
            steps.append("Suspend its unattended access to your systems until it has answered")
        else:
            steps.append("Check who at the supplier holds standing access to your systems")
    elif kev or concern.kind == "affected":
        steps.append(
            "List what data and which accounts of yours it holds, and be ready to change those passwords and keys"
        )
    if not party.contact:
        steps.append("Write its security contact into the supplier record: none is there")
    return " ".join(sentence(step) for step in steps)


def question(held: Held, kev: Sequence[KevEntry]) -> str:
    """The one question that would settle the most pressing unknown; empty where nothing is unknown."""
    for concern in held.live:
        if concern.verdict.match.subject_kind == "client" or (concern.kind == "affected" and concern.party is None):
            continue
        asked = plain(concern.verdict.question, 400)
        # Of a supplier's tool this asks more than the verdict does: what was done since it became known. And a
        # question that names no version to compare with is no help.
        own = concern.tool is not None or not asked or asked.endswith(_NO_VERSIONS)
        return _own_question(concern, kev) if own else asked
    return ""


def _own_question(concern: Concern, kev: Sequence[KevEntry]) -> str:
    fix = fix_words(concern)
    if concern.party is not None:
        return _supplier_question(concern, fix, kev)
    what = concern.product or concern.called
    if concern.kind == "vendor-only":
        return f"Is {concern.called} one of the products that the report names, and which version does it run?"
    if fix:
        return f"Does {concern.called} run {what} {fix} or later?"
    if concern.asset is not None and concern.asset.version:
        version = plain(concern.asset.version, 40)
        return f"Is version {version} of {what} on {concern.called} one of those that the vendor lists as affected?"
    return f"Which version of {what} does {concern.called} run?"


def _supplier_question(concern: Concern, fix: str, kev: Sequence[KevEntry]) -> str:
    tool = concern.tool
    if tool is None:
        return "Are our data, accounts or services touched, since when, and what have you done about it?"
    product = name(tool.product)
    start = f"Which version of {product} do you run, and is it one of the affected ones"
    if fix:
        start = f"Are you on {product} {fix} or later, and since when"
    if not kev:
        return f"{start}?"
    listed_on = min(entry.date_added for entry in kev)
    return f"{start}; and have you checked its sessions, back to before {listed_on.day} {listed_on:%B}?"
