"""Hostile files through the real import: taken, or one sentence that names file and limit, soon and in little room."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.inventory.export import assets_table, to_csv, to_xlsx
from ingest.inventory.service import plan_assets, read_inventory
from knowledge.errors import BadInputError, VcisoError

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
FOLDERS = ("csv", "sbom", "xlsx", "json")

REFUSED = {
    "10000_columns.csv": "10,000 columns; the limit is 500",
    "huge_field.csv": "its columns are 'a'",
    "nul.csv": "its columns are 'a', 'b'",
    "ragged.csv": "its columns are 'a', 'b', 'c'",
    "semicolon_cp1252.csv": "its columns are 'naïve', 'ké'",
    "nested_components.cdx.json": "nested too deeply",
    "xml_bomb.cdx.xml": "XML entities",
    "bomb.xlsx": "inflates to 256 MB; the limit is 40 MB",
    "far_cell.xlsx": "row 1,048,576, column 16,384; the limits are 50,000 and 500",
    "deep_array.json": "JSON list",
}
TAKEN = {
    "dup_headers.csv": 1,
    "formula_cells.csv": 13,
    "utf16.csv": 1,
    "cyclic_deps.cdx.json": 2,
    "injected_name.cdx.json": 1,
}
MAPPED = {"huge_field.csv": ("a", 0), "nul.csv": ("a", 1), "ragged.csv": ("a", 2), "semicolon_cp1252.csv": ("naive", 1)}
"""Column that a person says is the name, and the rows then taken."""


def files(shared_data: Path) -> list[Path]:
    folder = shared_data / "hostile" / "generated"
    return [path for name in FOLDERS for path in sorted((folder / name).iterdir())]


def test_c39_each_is_taken_or_refused_in_one_sentence_within_ten_seconds(shared_data: Path) -> None:
    found: dict[str, int | str] = {}
    for path in files(shared_data):
        started = time.monotonic()
        try:
            found[path.name] = plan_assets(read_inventory(path), (), (), NOW).report.inserted
        except BadInputError as error:
            assert error.subject == path.name
            assert "\n" not in str(error)
            assert "Traceback" not in str(error)
            found[path.name] = error.message
        assert time.monotonic() - started < 10
    assert {name: count for name, count in found.items() if isinstance(count, int)} == TAKEN
    for name, words in REFUSED.items():
        assert words in str(found.pop(name))
    rest = {name: words for name, words in found.items() if name not in TAKEN}
    assert len(rest) == 9
    assert set(rest.values()) == {"is JSON but neither CycloneDX nor SPDX"}


@pytest.mark.parametrize("kind", ["cyclonedx", "spdx"])
def test_json_that_is_forced_upon_a_parser_is_refused_too(shared_data: Path, kind: str) -> None:
    for path in sorted((shared_data / "hostile" / "generated" / "json").iterdir()):
        with pytest.raises(BadInputError) as caught:
            read_inventory(path, kind=kind)  # type: ignore[arg-type]
        assert caught.value.subject == path.name


def test_tables_with_odd_headers_are_taken_once_a_person_names_a_column(shared_data: Path) -> None:
    for name, (column, taken) in MAPPED.items():
        inventory = read_inventory(shared_data / "hostile" / "generated" / "csv" / name, mapping={column: "name"})
        report = plan_assets(inventory, (), (), NOW).report
        assert (name, report.inserted) == (name, taken)
        assert report.notes or report.skipped


def test_c30_formula_cells_go_out_inert_and_come_back_the_same(shared_data: Path) -> None:
    path = shared_data / "hostile" / "generated" / "csv" / "formula_cells.csv"
    known = plan_assets(read_inventory(path), (), (), NOW).assets.put
    table = assets_table(known)
    for data in (to_csv(table), to_xlsx(table)):
        report = plan_assets(read_inventory(data, name="export"), known, (), NOW).report
        assert (report.unchanged, report.inserted, report.updated) == (len(known), 0, 0)


def test_c30_every_known_payload_goes_out_inert_and_comes_back_the_same(shared_data: Path) -> None:
    lines = (shared_data / "hostile" / "csv" / "patt_formula.txt").read_text().splitlines()
    data = "name\n" + "\n".join('"' + line.replace('"', '""') + '"' for line in lines)
    known = plan_assets(read_inventory(data.encode(), name="payloads.csv"), (), (), NOW).assets.put
    assert len(known) > 10
    back = plan_assets(read_inventory(to_csv(assets_table(known)), name="export.csv"), known, (), NOW).report
    assert back.unchanged == len(known)


def test_c11_the_injected_component_keeps_its_version(shared_data: Path) -> None:
    path = shared_data / "hostile" / "generated" / "sbom" / "injected_name.cdx.json"
    [asset] = plan_assets(read_inventory(path), (), (), NOW).assets.put
    assert asset.version == "2.14.1"
    assert asset.purl == "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"
    assert "\n" not in asset.name


MEASURE = """
import resource, sys
from pathlib import Path
from ingest.inventory.service import read_inventory
from knowledge.errors import BadInputError
for name in sys.argv[1:]:
    try:
        read_inventory(Path(name))
    except BadInputError:
        pass
unit = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
# Linux hands the size of the process that started this one down in ru_maxrss; VmHWM starts anew.
status = Path("/proc/self/status")
if status.exists():
    own = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    peak = max(peak, int(own) * 1024)
else:
    peak = max(peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
print(peak)
"""


def test_none_takes_500_mb(shared_data: Path) -> None:
    names = [str(path) for path in files(shared_data)]
    done = subprocess.run([sys.executable, "-c", MEASURE, *names], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 500 * 1024 * 1024


def test_c39_a_bad_file_stops_nothing(shared_data: Path) -> None:
    results = []
    for path in files(shared_data):
        try:
            results.append(bool(read_inventory(path).rows))
        except VcisoError:
            results.append(False)
    assert len(results) == len(files(shared_data))
    assert sum(results) == len(TAKEN)
