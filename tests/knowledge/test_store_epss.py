"""EPSS scores are kept in bulk, and only what changed is written."""

from __future__ import annotations

from datetime import date

from knowledge.places import Places
from knowledge.records.vulnerability import Epss


def test_scores_are_added_changed_and_left(places: Places) -> None:
    day = date(2026, 8, 6)
    first = [Epss(cve_id=f"CVE-2026-{n}", score=n / 10_000, percentile=0.5, scored_on=day) for n in range(1000, 3000)]
    with places.shared().write() as unit:
        assert unit.vulnerabilities.put_epss(first) == (2000, 0, 0)
    later = [
        first[0],
        first[1].model_copy(update={"score": 0.9, "scored_on": None}),
        Epss(cve_id="CVE-2026-9999", score=0.1, percentile=0.2),
    ]
    with places.shared().write() as unit:
        assert unit.vulnerabilities.put_epss(later) == (1, 1, 1)
    with places.shared().read() as unit:
        found = unit.vulnerabilities.epss({"CVE-2026-1000", "CVE-2026-1001", "CVE-2026-9999", "CVE-2020-1"})
        assert unit.vulnerabilities.counts()["epss"] == 2001
    assert found["CVE-2026-1000"] == first[0]
    assert (found["CVE-2026-1001"].score, found["CVE-2026-1001"].scored_on) == (0.9, None)
    assert "CVE-2020-1" not in found
