"""Registers of the sample county for tests: read as a study reads them, with a cell changed or a row repeated."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from gep.assessment.nouns import Given
from gep.assessment.register import Register, registry
from gep.assessment_inputs import _read
from gep.compensation.nouns import Identity, Terms
from gep.errors import Fault
from gep.rates import Rates
from gep.study_parts import TableSpec

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
YEARS = (2020, 2023)
NAMES = (
    "城关街道", "城东街道", "垟口街道", "溪岗乡", "柳堤镇", "双沟镇", "大杨集镇", "石桥镇", "白马庙乡", "青涧镇",
    "古寨镇", "龙湾乡", "高庄镇", "芦塘乡", "五里铺镇", "沙河镇", "孙楼乡", "魏岗镇", "桃园镇", "张桥乡", "十河镇",
    "南湖镇", "槐林乡", "牛市集镇", "颜渡镇",
)  # fmt: skip
ZONES = {f"z{k:02d}": name for k, name in enumerate(NAMES, 1)}
FILES = {  # register → file of the sample, where study.yaml does not name it
    "restoration_ledger": "生态修复台账",
    "tenure_register": "自然资源产权台账",
    "discharge_trade_ledger": "排污权台账",
    "water_trade_ledger": "水权交易台账",
    "ghg_inventory": "温室气体清单",
    "task_register": "年度任务台账",
    "eco_project_register": "生态项目",
    "fund_flow": "补偿资金",
    "green_label_register": "绿色标识",
    "green_procurement": "绿色采购",
    "green_finance_register": "绿色金融",
    "noncash_ledger": "非资金补偿",
    "ecological_wardens": "生态保护员",
}


def specs() -> dict[str, TableSpec]:
    """Register → its table in the sample's study.yaml, else the file above read by its usual heads."""
    from ruamel.yaml import YAML

    study = YAML(typ="safe").load((SAMPLE / "study.yaml").read_text("utf-8"))
    named = (study.get("assessment") or {}).get("registers") or {}
    found = {id: TableSpec(path=f"assessment/{stem}_{{year}}.csv") for id, stem in FILES.items()}
    return found | {id: TableSpec.model_validate(study["tables"][name]) for id, name in named.items()}


def given(zones: dict[str, str] | None = None, years: tuple[int, ...] = YEARS) -> Given:
    """What a register's check is given."""
    return Given(zones or ZONES, years, Terms(Rates(())))


def read(
    register: Register, spec: TableSpec, year: int, folder: Path, zones: dict[str, str] | None = None
) -> tuple[pd.DataFrame | None, list[Fault], list[Identity]]:
    """Rows of a register as the assessment reads them, all their faults, their identities."""
    found: list[Fault] = []
    path = folder / str(spec.path).replace("{year}", str(year))
    study = SimpleNamespace(tables={"t": spec}, folder=folder, name="示例县", resolve=lambda *_: path,
                            place=lambda *_: "")  # fmt: skip
    tools = SimpleNamespace(digests=SimpleNamespace(of=lambda _: ""))
    rows = _read(study, "t", year, register.table, zones or ZONES, tools, found, "registers", listed=True)
    if rows is None:
        return None, found, []
    rows = rows if register.derive is None else register.derive(rows, year)
    faults, identities = register.check(rows, given(zones, (year,)), year)
    return rows, found + faults, identities


def sample(id: str, year: int) -> tuple[pd.DataFrame, list[Fault], list[Identity]]:
    """The sample's rows of a register."""
    rows, faults, identities = read(registry()[id], specs()[id], year, SAMPLE)
    assert rows is not None, [f.text("en") for f in faults]
    return rows, faults, identities


Table = list[list[str]]


def changed(id: str, year: int, tmp_path: Path, change: Callable[[Table], object]) -> list[Fault]:
    """The error faults of the sample's register when `change` has been at its table (head and rows of text)."""
    spec = specs()[id]
    source = SAMPLE / str(spec.path).replace("{year}", str(year))
    if source.suffix == ".csv":
        text = source.read_bytes().decode("utf-8-sig" if source.read_bytes()[:3] == b"\xef\xbb\xbf" else "gb18030")
        table = list(csv.reader(io.StringIO(text)))
    else:
        sheet = pd.read_excel(source, header=None, dtype=str, sheet_name=spec.sheet or 0).fillna("")
        table = sheet.to_numpy().tolist()
    change(table)
    path = tmp_path / f"{id}_{year}.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(table)
    moved = spec.model_copy(update={"path": path.name, "sheet": None, "encoding": "auto"})
    _, faults, _ = read(registry()[id], moved, year, tmp_path)
    return [f for f in faults if f.severity == "error"]


def small(id: str, text: str, tmp_path: Path, year: int = 2023) -> tuple[pd.DataFrame | None, list[Fault],
                                                                         list[Identity]]:  # fmt: skip
    """A register of a few lines ("甲镇" a, "乙乡" b), written as CSV text."""
    (tmp_path / "t.csv").write_text(text, "utf-8")
    return read(registry()[id], TableSpec(path="t.csv"), year, tmp_path, {"a": "甲镇", "b": "乙乡"})
