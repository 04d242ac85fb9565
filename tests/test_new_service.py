"""A service nobody listed: one declaration, and it stands in command line, ledger, workbook, explain and pages.

And a service whose coefficient is blank in the packaged tables: missing with what to add, the others standing.
"""

import datetime as dt

import openpyxl
import pandas as pd

from gep import method_pages, services
from gep.declare import Area, Method, Service, Yield


def dew(area):
    """Q = A. A area hm² on which dew falls; hm². Source: a made-up service."""
    return area


PLANTED = Service(
    "planted_dew",
    "露水凝结",
    "Dew",
    "regulating",
    (
        Method(
            "by_area",
            "面积法",
            "By area",
            "class",
            (Yield("dew_area", "露水面积", "Area with dew", "hm²", dew, (Area("hm²"),), "dew", "yuan/hm²"),),
            "toolkit",
            "-",
            dt.date(2026, 1, 1),
            ("1",),
        ),
    ),
)
PRICE = "local.tiny.dew.all.341699.2023,,dew,*,341699,12.5,yuan/hm²,,,,,,2023,market_price,judgement,sample,,test"


def test_a_planted_service_appears_everywhere(gep, tiny, tmp_path, monkeypatch):
    whole = {**services.registry(), PLANTED.id: PLANTED}
    monkeypatch.setattr(services, "registry", lambda: whole)
    tiny.edit("  provisioning: {method: gross_output}", "  provisioning: {method: gross_output}\n  planted_dew:")
    tiny.edit("profile: gbt46869_2025", "profile: custom")
    with (tiny.folder / "county.csv").open("a", encoding="utf-8") as rows:
        rows.write(PRICE + "\n")
    assert "planted_dew  Dew" in gep("services").output
    out = tmp_path / "out"
    said = gep("run", tiny.study, "--to", out)
    assert said.exit_code == 0, said.output
    lines = pd.read_parquet(out / "ledger.parquet").query("service == 'planted_dew'")
    assert len(lines)
    # area hm² × 12.5 yuan/hm²
    assert lines["value"].sum() == round((lines["quantity"] * 12.5).round(2).sum(), 2) > 0
    assert lines["in_gep"].all()  # in `custom` a service without a row in profile_services.csv counts
    told = gep("explain", out, "--zone", "东河镇", "--service", "planted_dew").output
    assert "Q = A" in told
    assert "equals the ledger" in told
    book = openpyxl.load_workbook(out / "accounts.xlsx", read_only=True)
    words = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell}
    assert "露水凝结" in words
    pages = method_pages.pages()
    assert "露水凝结" in pages["planted_dew.md"]
    assert "planted_dew" in pages["README.md"]


def test_a_blank_coefficient_says_what_to_add_and_leaves_the_others(gep, tiny, tmp_path):
    """The bulk density of marsh soil was not obtained: that item is missing, everything else has its numbers."""
    tiny.edit("  provisioning: {method: gross_output}",
              "  provisioning: {method: gross_output}\n  flood_mitigation:\n    method: storage_soil\n"
              "    without: [lakes, reservoirs, measured_storage]")  # fmt: skip
    marsh = tiny.read("landcover_2020.tif").copy()
    marsh[:10, :] = 9  # CLCD 9: wetland
    tiny.raster("landcover_2020.tif", marsh)
    said = gep("run", tiny.study, "--to", tmp_path / "out")
    assert said.exit_code == 0, said.output
    ledger = pd.read_parquet(tmp_path / "out" / "ledger.parquet").query("period == 2020")
    soil = ledger[ledger["item"] == "marsh_soil"]
    assert set(soil["status"]) == {"missing"}
    assert soil["note"].str.contains("marsh_soil_density").all()
    surface = ledger[ledger["item"] == "marsh_surface"]
    assert set(surface["status"]) <= {"ok", "missing"}
    assert surface["quantity"].notna().all()
    others = ledger[~ledger["service"].isin(["flood_mitigation"])]
    assert set(others["status"]) == {"ok"}
    assert "Partial account" in said.output
    assert "GEP 2020" not in said.output
    assert "marsh_soil_density" in said.output  # the row to paste into the county's table
