"""Assets & suppliers: what a client has, what is not known of it, which names mean what, and the import of lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from ingest.inventory.export import assets_table, suppliers_table, to_csv, to_xlsx
from ingest.inventory.gaps import Gap, asset_gaps, supplier_gaps
from ingest.inventory.values import tool_text
from knowledge.records.asset import Asset, ThirdParty
from ui.app.text import block, counted, inert, table
from ui.web.views import importing, naming
from ui.web.views.frame import View, client_page, ink, show
from ui.web.views.pictures import show_chart

GAPS_SHOWN = 40
SECTIONS = ("Assets", "Suppliers", "Not known", "Names", "Import")


def show_page() -> None:
    """The client's rows, a section at a time."""
    with client_page("Assets & suppliers") as view:
        with view.places.client(view.client.id) as place, place.read() as unit:
            assets, parties = unit.assets.list(), unit.third_parties.list()
        gaps = len(asset_gaps(assets)) + len(supplier_gaps(parties))
        names = {
            "Assets": f"Assets ({len(assets)})",
            "Suppliers": f"Suppliers ({len(parties)})",
            "Not known": f"Not known ({gaps})",
        }
        empty = not assets and not parties
        chosen = st.segmented_control(
            "Section",
            SECTIONS,
            default="Import" if empty else "Assets",
            required=True,
            format_func=lambda one: names.get(one, one),
            key=view.key(f"section-{'empty' if empty else 'full'}"),
            label_visibility="collapsed",
        )
        if chosen == "Assets":
            _assets(view, assets)
        elif chosen == "Suppliers":
            _suppliers(view, parties)
        elif chosen == "Not known":
            _gaps(assets, parties)
        elif chosen == "Names":
            naming.section(view)
        elif view.places.may(view.client.id, "edit"):
            importing.section(view)
        else:
            st.info("Your role at this client does not allow an import. An editor or an owner can do it.")


def _assets(view: View, assets: Sequence[Asset]) -> None:
    if not assets:
        st.info("No assets yet. Bring an inventory in under **Import**: CSV, XLSX, CycloneDX, SPDX or nmap XML.")
        return
    from ui.render.charts import CRITICALITIES, EXPOSURES, exposure

    counts: Counter[tuple[str, str]] = Counter((asset.criticality, asset.exposure) for asset in assets)
    words = "; ".join(
        f"{counts[rank, reach]} {'criticality not known' if rank == 'unknown' else rank}, {EXPOSURES[reach][0]}"
        for rank in CRITICALITIES
        for reach in EXPOSURES
        if counts[rank, reach]
    )
    show(block(Markup('<p class="vc-decision">{}</p>').format(inert(_sentence(assets)))))
    st.header("How critical, how exposed", anchor=False)
    show_chart(
        exposure(counts, ink=ink()),
        exposure(counts),
        alt=f"Assets by criticality and reach: {words}.",
        name=f"exposure-{view.client.id}",
        key=view.key("exposure-picture"),
    )
    st.header("All assets", anchor=False)
    order = {rank: number for number, rank in enumerate(CRITICALITIES)}
    rows = sorted(assets, key=lambda one: (order[one.criticality], one.exposure != "internet", one.name.casefold()))
    st.dataframe(
        [
            {
                "Name": one.name,
                "Product": _product(one) or "–",
                "Version": one.version or "not known",
                "Kind": one.kind,
                "Criticality": one.criticality,
                "Exposure": one.exposure,
                "Owner": one.owner or "–",
                "Host": one.host or "–",
                "From": one.origin or "–",
            }
            for one in rows
        ],
        hide_index=True,
        height=min(560, 38 + 35 * len(rows)),
        key=view.key("asset-table"),
        alt=f"{counted(len(rows), 'asset')} of {view.client.name}, the most critical first.",
    )
    _exports(view, "assets", assets_table(assets))


def _sentence(assets: Sequence[Asset]) -> str:
    """What the list comes to: `20 assets: 2 critical, 6 open to the internet, 9 without a version.`"""
    critical = sum(one.criticality == "critical" for one in assets)
    reached = sum(one.exposure == "internet" for one in assets)
    blank = sum(not one.version for one in assets)
    return (
        f"{counted(len(assets), 'asset')}: {critical:,} critical, {reached:,} open to the internet, "
        f"{blank:,} without a version."
    )


def _product(asset: Asset) -> str:
    """Vendor and product; a product that begins with its vendor's name stands alone."""
    if asset.product.casefold().startswith(asset.vendor.casefold()):
        return asset.product or asset.vendor
    return f"{asset.vendor} {asset.product}".strip()


def _suppliers(view: View, parties: Sequence[ThirdParty]) -> None:
    if not parties:
        st.info(
            "No suppliers yet. Bring a list in under **Import**; the suppliers that assets name come by themselves."
        )
        return
    lines: list[Sequence[str | Markup]] = [
        (one.name, one.service, one.criticality, "; ".join(map(tool_text, one.tools)), one.contact, one.contract)
        for one in parties
    ]
    show(table(["Supplier", "Service", "Criticality", "Tools it uses", "Contact", "Contract"], lines))
    _exports(view, "suppliers", suppliers_table(parties))


def _exports(view: View, name: str, rows: list[list[str]]) -> None:
    with st.container(horizontal=True):
        for form, make, mime in (
            ("csv", to_csv, "text/csv"),
            ("xlsx", to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ):
            st.download_button(
                f"Export as {form.upper()}",
                lambda make=make: make(rows),  # type: ignore[misc]
                file_name=f"{name}-{view.client.id}.{form}",
                mime=mime,
                key=view.key(f"export-{name}-{form}"),
                icon=":material/download:",
                on_click="ignore",
                help="Imports again unchanged; no cell in it is a formula.",
            )


def _gaps(assets: Sequence[Asset], parties: Sequence[ThirdParty]) -> None:
    found = (("asset", asset_gaps(assets)), ("supplier", supplier_gaps(parties)))
    if not any(gaps for _, gaps in found):
        st.success("Nothing that the morning needs is missing.")
        return
    st.caption("The dearest first. Fill the fields in your inventory and import it again: known rows are updated.")
    for noun, gaps in found:
        if gaps:
            st.header(counted(len(gaps), noun), anchor=False)
            show(table([noun.capitalize(), "Missing", "What it costs"], [_gap(one) for one in gaps[:GAPS_SHOWN]]))
            if len(gaps) > GAPS_SHOWN:
                st.caption(f"And {len(gaps) - GAPS_SHOWN} more.")


def _gap(gap: Gap) -> list[str | Markup]:
    return [gap.name, ", ".join(gap.missing), gap.why]
