"""CPE names of either form."""

from __future__ import annotations

import pytest

from ingest.inventory.cpe import parse_cpe


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("cpe:/a:openbsd:openssh:7.4", "cpe:2.3:a:openbsd:openssh:7.4:*:*:*:*:*:*:*"),
        ("cpe:/o:linux:linux_kernel", "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*"),
        ("CPE:/a:Microsoft:IIS:7.5", "cpe:2.3:a:microsoft:iis:7.5:*:*:*:*:*:*:*"),
        # NIST IR 7695, 6.1.2.4: percent signs and the packed edition; %07 stands for no sign of a name.
        ("cpe:/a:foo%5cbar:big%24money_2010%07:::~~special~ipod_touch~80gb~", None),
        ("cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~",
         "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:-:*:*:online:win2003:x64:*"),
        ("cpe:/a:hp:insight_diagnostics:7.4.%02:%01", "cpe:2.3:a:hp:insight_diagnostics:7.4.*:?:*:*:*:*:*:*"),
        ("cpe:/a:veeam:backup_%26_replication:12", "cpe:2.3:a:veeam:backup_\\&_replication:12:*:*:*:*:*:*:*"),
        ("cpe:2.3:a:apache:log4j:2.14.1", "cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:*"),
        ("cpe:2.3:a:a:b\\:c:1:*:*:*:*:*:*:*", "cpe:2.3:a:a:b\\:c:1:*:*:*:*:*:*:*"),
        ("cpe:2.3:a:vendor", None),
        ("cpe:2.3:x:vendor:product:1", None),
        ("cpe:2.3:a:one two:product:1", None),
        ("cpe:2.3:a:a:b:c:d:e:f:g:h:i:j:k:l", None),
        ("log4j 2.14.1", None),
        ("", None),
    ],
)  # fmt: skip
def test_either_form_becomes_the_formatted_string(text: str, formatted: str | None) -> None:
    name = parse_cpe(text)
    assert (name.formatted if name else None) == formatted


def test_parts_are_plain_words_and_any_is_empty() -> None:
    name = parse_cpe("cpe:2.3:a:veeam:backup_\\&_replication:*:*:*:*:*:*:*:*")
    assert name is not None
    assert (name.vendor, name.product, name.version) == ("veeam", "backup_&_replication", "")


def test_rewriting_is_stable() -> None:
    first = parse_cpe("cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~")
    assert first is not None
    assert parse_cpe(first.formatted) == first
