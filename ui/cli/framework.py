"""`vciso framework`: what is demanded, by whom, and what corresponds to what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import group, now, open_home, progress, say, say_json, say_table
from ui.cli.framework_views import first_line, head_json, mappings_of, no_table, say_answer, say_report, shown, texts

if TYPE_CHECKING:
    from knowledge.frameworks.catalogue import Catalogue
    from knowledge.frameworks.loader import Pack

app = group("framework", "Frameworks: list, show, import the official or a licensed text, look crosswalks up.")

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
ClientOption = Annotated[str, typer.Option("--client", help="With the copies in this client's place.")]
FrameworkArgument = Annotated[
    str, typer.Argument(metavar="FRAMEWORK", help="Id or usual name: nist-csf-2.0, CSF, ISO 27001.")
]


@app.command("list")
def list_frameworks(ctx: typer.Context, client_id: ClientOption = "", as_json: AsJson = False) -> None:
    """List the shipped frameworks and the imported copies."""
    catalogue, homes = _catalogue(ctx, client_id)
    packs = [catalogue.pack(head.id) for head in catalogue.heads]
    if as_json:
        say_json([head_json(pack, homes.get(pack.id, "shipped")) for pack in packs])
        return
    rows = [
        (
            pack.id,
            pack.framework.version[:18] or "-",
            f"{len(pack.assessable)} of {len(pack.requirements)}",
            pack.framework.text_depth,
            homes.get(pack.id, "shipped"),
        )
        for pack in packs
    ]
    say_table("Frameworks", ("Id", "Version", "Assessable", "Text", "Where"), rows)
    say("Licences:")
    for pack in packs:
        say(f"  {pack.id}: {pack.framework.licence}")


@app.command()
def show(
    ctx: typer.Context,
    framework: FrameworkArgument,
    requirement: Annotated[
        str, typer.Argument(metavar="[REQUIREMENT]", help="Id as you would type it: ac-2.1, A5.1.")
    ] = "",
    client_id: ClientOption = "",
    as_json: AsJson = False,
) -> None:
    """Show a framework as a tree, or one requirement with its question, baselines and mappings."""
    catalogue, homes = _catalogue(ctx, client_id)
    pack = catalogue.pack(catalogue.find(framework).id)
    if requirement:
        _show_requirement(catalogue, pack, requirement, as_json=as_json)
        return
    if as_json:
        rows = [row.model_dump(mode="json", exclude={"parts"}) for row in pack.requirements]
        say_json(head_json(pack, homes.get(pack.id, "shipped")) | {"requirements": rows})
        return
    head = pack.framework
    say(f"{head.title} ({head.id}), version {head.version or 'not stated'}, {head.publisher or 'publisher not stated'}")
    say(f"{len(pack.assessable)} assessable of {len(pack.requirements)} rows; text: {head.text_depth}")
    say(f"Licence: {head.licence}")
    say()
    for row in pack.requirements:
        mark = "  (withdrawn)" if row.withdrawn else ""
        say(f"{'  ' * (len(pack.path(row.id)) - 1)}{row.id}  {row.title or first_line(row)}{mark}")


@app.command("import")
def import_command(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="OSCAL catalog or profile, CISO Assistant library (YAML), CSV or XLSX table.")
    ],
    client_id: Annotated[
        str, typer.Option("--client", help="Keep it in this client's place (their licensed copy); default: shared.")
    ] = "",
    column: Annotated[
        list[str] | None, typer.Option("--map", help='Column of a table: "Column=field"; repeatable.')
    ] = None,
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook; default: the first with content.")] = "",
    others: Annotated[
        list[Path] | None, typer.Option("--with", help="File that a profile draws on; repeatable.")
    ] = None,
    framework_id: Annotated[str, typer.Option("--id", help="Id for the copy; default: made of the title.")] = "",
    title: Annotated[str, typer.Option(help="Title, for tables, which have none.")] = "",
    index: Annotated[bool, typer.Option("--index/--no-index", help="Make the vectors for search right away.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report, keep nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import the official or a licensed text; a copy of the same id is replaced, which is said."""
    from ingest.frameworks.service import read_framework
    from ui.app.catalogue import copy_before, index_kept, keep_client_framework, keep_framework

    at = now()
    with open_home(ctx, at) as places:
        scope = places.profile(client_id).frameworks if client_id else ()
        found = read_framework(
            file, at, mapping=_mapping(column), sheet=sheet, others=others or (), framework_id=framework_id, title=title
        )
        if dry_run:
            before = copy_before(places, found, client_id)
        elif client_id:
            before = keep_client_framework(places, client_id, found, at)
        else:
            before = keep_framework(places, found, at)
        unindexed = ""
        if index and not dry_run and not before.same:
            with progress("Making vectors") as step:
                unindexed = index_kept(places, client_id, step)
    if as_json:
        told = {"before": before.sentence, "unchanged": before.same, "index": unindexed}
        say_json(found.report.model_dump(mode="json") | told)
        return
    say_report(found.report, "nothing kept" if dry_run else client_id or "shared")
    if before.sentence:
        say(before.sentence)
    if client_id and not dry_run and not found.framework.extends and found.framework.id not in scope:
        wanted = " ".join(f"--framework {one}" for one in (*scope, found.framework.id))
        say(f"Not in scope yet, so only questions that name it use it: vciso client set {client_id} {wanted}")
    if unindexed:
        say(f"Search makes its vectors later: {unindexed}.")


@app.command()
def remove(
    ctx: typer.Context,
    framework_id: Annotated[str, typer.Argument(metavar="ID", help="Id of an imported copy.")],
    client_id: ClientOption = "",
) -> None:
    """Remove an imported copy; shipped frameworks stay."""
    from ui.app.catalogue import remove_client_framework, remove_framework

    at = now()
    with open_home(ctx, at) as places:
        if client_id:
            remove_client_framework(places, client_id, framework_id, at)
        else:
            remove_framework(places, framework_id, at)
    say(f"Removed the copy {framework_id}.")


@app.command()
def crosswalk(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Framework to start from.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Framework to reach.")],
    requirement: Annotated[str, typer.Argument(metavar="[ID]", help="One requirement; default: the whole table.")] = "",
    between: Annotated[int, typer.Option(min=0, max=2, help="Frameworks that may lie in between.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Look up what corresponds to what, by the tables only; a chain says how weak it is."""
    from knowledge.frameworks.crosswalk import mappings, related, unmapped

    ends = _ends(source, target)
    if requirement:
        answer = related(ends[0], _table_id(requirement, ends[0]), ends[1], max_between=between)
        say_answer(answer, as_json=as_json)
        return
    pairs = mappings(*ends)
    if not pairs:
        no_table(*ends)
    missing = unmapped(*ends) if _has_pack(ends[0]) else ()
    if as_json:
        say_json({"pairs": [pair.model_dump(mode="json") for pair in pairs], "unmapped": list(missing)})
        return
    say_table(
        f"{ends[0]} -> {ends[1]}: {len(pairs)} pairs",
        ("From", "Is", "To"),
        [(pair.from_id, pair.relationship, pair.to_id) for pair in pairs],
    )
    for text in dict.fromkeys(f"Source ({pair.authority}): {pair.source}" for pair in pairs):
        say(text)
    if missing:
        say(f"No pair for {len(missing)} rows of {ends[0]}: {', '.join(missing)}")


def _catalogue(ctx: typer.Context, client_id: str) -> tuple[Catalogue, dict[str, str]]:
    """Shipped packs and the copies that this call may see, and where each copy is kept."""
    from ui.app.catalogue import catalogue_of

    with open_home(ctx, now()) as places:
        return catalogue_of(places, client_id)


def _show_requirement(catalogue: Catalogue, pack: Pack, typed: str, *, as_json: bool) -> None:
    from knowledge.errors import NotFoundError
    from knowledge.frameworks.ids import Known, Withdrawn, lookup

    found = lookup(typed, pack.id, catalogue=catalogue)
    if not isinstance(found, Known | Withdrawn):
        hint = f"`vciso framework show {pack.id}` lists the ids."
        raise NotFoundError(found.label.removeprefix(f"{found.text}: "), subject=found.text, hint=hint)
    row = found.match.requirement
    # An id that only an imported copy has stands in the copy's tree.
    pack = catalogue.pack(found.match.framework.id)
    words = texts(catalogue, pack.framework, row)
    pairs = mappings_of(pack.framework.extends or pack.id, row.id)
    if as_json:
        say_json(
            row.model_dump(mode="json")
            | {
                "framework": found.match.framework.id,
                "path": [above.id for above in pack.path(row.id)],
                "texts": words,
                "mappings": pairs,
            }
        )
        return
    say(f"{found.label}  {row.title}")
    if row.title_ours:
        say("(the title is ours)")
    lines = [
        ("Under", " > ".join(f"{above.id} {above.title}".strip() for above in pack.path(row.id)[:-1])),
        ("Standing", row.withdrawn_sentence),
        ("Summary", row.summary if not row.withdrawn else ""),
        ("Question", row.question),
        ("Keywords", ", ".join(row.keywords)),
        *((name.replace("_", " ").capitalize(), shown(value)) for name, value in row.attributes.items()),
    ]
    say_table("", ("", ""), [(name, text) for name, text in lines if text])
    for label, text in words.items():
        say(f"Text in {label}:")
        say(text)
        say()
    for other, ids in pairs.items():
        say(f"{other}: {', '.join(ids)}")
    below = pack.children(row.id)
    if below:
        say(f"Below it: {', '.join(child.id for child in below)}")


def _ends(source: str, target: str) -> tuple[str, str]:
    """Ids of two frameworks; ATT&CK has tables but no pack, so its names are known here."""
    from knowledge.errors import NotFoundError
    from knowledge.frameworks.catalogue import shipped
    from knowledge.frameworks.crosswalk import attack, names_attack

    def one(name: str) -> str:
        if names_attack(name):
            return attack()
        try:
            return shipped().find(name).id
        except NotFoundError as error:
            error.hint = f"{error.hint.rstrip('.')}, {attack()}."
            raise

    return one(source), one(target)


def _has_pack(framework: str) -> bool:
    from knowledge.frameworks.loader import framework_ids

    return framework in framework_ids()


def _table_id(typed: str, framework: str) -> str:
    """The id as the tables write it; an enhancement outside the pack may still be in a table."""
    from knowledge.errors import NotFoundError
    from knowledge.frameworks.crosswalk import tabled_id
    from knowledge.frameworks.ids import Known, Withdrawn, lookup

    if _has_pack(framework):
        found = lookup(typed, framework)
        if isinstance(found, Known | Withdrawn):
            return found.match.requirement.id
        reason = found.label.removeprefix(f"{found.text}: ")
    else:
        reason = "is in no table"
    known = tabled_id(framework, typed)
    if known is None:
        raise NotFoundError(reason, subject=typed[:80], hint=f"`vciso framework show {framework}` lists the ids.")
    return known


def _mapping(columns: list[str] | None) -> dict[str, str]:
    from knowledge.errors import UsageError

    found = {}
    for text in columns or ():
        column, sign, field = text.rpartition("=")
        if not sign or not column.strip() or not field.strip():
            raise UsageError("is not Column=field", subject=f"--map {text}"[:80])
        found[column.strip()] = field.strip()
    return found
