"""CVE ids as people and feeds write them."""

from __future__ import annotations

import pytest

from knowledge.identifiers import cve_ids_in


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("CVE-2026-8037 and cve-2021-44228, CVE-2026-8037 again", ("CVE-2026-8037", "CVE-2021-44228")),
        ("CVE‑2026‑8037", ("CVE-2026-8037",)),
        ("CVE 2026-8037", ("CVE-2026-8037",)),
        ("xCVE-2026-8037 CVE-26-8037 CVE-2026-803", ()),
        ("(CVE-2026-12345678).", ("CVE-2026-12345678",)),
    ],
)
def test_ids(text: str, ids: tuple[str, ...]) -> None:
    assert cve_ids_in(text) == ids
