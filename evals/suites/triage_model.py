"""The product with its second look by a model (`advisor.doubts`), over the news of the triage bench."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from advisor.doubts import SecondLook, doubts, look_again, with_raised
from advisor.llm.interface import AskedModel, ModelFailedError
from advisor.llm.session import open_client_model
from advisor.triage.masks import mask_identifiers
from advisor.triage.subjects import Subject, of_news
from advisor.triage.textmatch import TextMatcher
from evals.home import eval_settings
from evals.suites.triage_data import Item, Row
from evals.suites.triage_systems import ALERT, PRODUCT, Answer, Product
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.asset import Asset
from knowledge.records.client import Client
from knowledge.records.news import NewsItem
from knowledge.records.triage import ItemKind

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)


class WithSecondLook(Product):
    """The product, and a model asked about every product that an item names in passing."""

    name = "second-look"

    def __init__(self, assets: Sequence[Row], model: AskedModel) -> None:
        super().__init__(assets)
        self._rows = tuple(
            Asset(id=row.id, name=row.id, vendor=row.vendor, product=row.product, version=row.version, updated_at=NOW)
            for row in assets
        )
        subjects = [
            (row.client, Subject("asset", row.id, row.id, row.vendor, row.product, row.version)) for row in assets
        ]
        self._rules = TextMatcher.build(subjects)
        self._model = model
        self.asked = self.raised = 0

    def judge(self, kind: ItemKind, item: Item) -> dict[str, Answer]:
        if kind != "news":
            return super().judge(kind, item)
        news = NewsItem(
            id=item.id,
            source_id="bench",
            identity=f"guid:{item.id}",
            title=mask_identifiers(item.title),
            summary=mask_identifiers(item.text),
            first_seen_at=NOW,
            last_changed_at=NOW,
            content_sha256="0" * 64,
        )
        verdicts = [one.verdict for one in self._rules.judge(of_news(news))]
        raised, look = look_again(
            doubts(verdicts, [news], self._rows, ()),
            lambda: self._model,
            before=SecondLook(day=NOW.date()),
            held=(),
            day=NOW.date(),
            now=NOW,
        )
        if look.trouble:
            raise ModelFailedError(look.trouble, subject=self._model.name)
        self.asked += look.asked
        self.raised += look.raised
        return {
            one.match.subject_id: Answer(one.kind in PRODUCT, one.kind in ALERT, f"{one.match.rule}: {one.kind}")
            for one in with_raised(verdicts, raised)
        }


@contextmanager
def opened(spec: str) -> Iterator[AskedModel]:
    """A model as a client of a home that is thrown away may use it.

    Raises:
        ModelError: it is not set up.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        Places(eval_settings(Path(folder) / "home", spec), now=NOW) as places,
    ):
        client = Client(id="bench", ref=new_ref(), name="Bench", model_policy="any", created_at=NOW)
        add_client(places, client, NOW)
        with places.client("bench") as place:
            yield open_client_model(place, client, places.settings)
