"""The folder of a finished run as reports read it: opened once, grouped once, asked for figures with their rows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.again import StoredRun, open_run
from gep.paper.nouns import Figure, Made, Rows, Trace, figure
from gep.report import csv_cells, labels, tables
from gep.report import facts as told

if TYPE_CHECKING:
    import pandas as pd

MONEY = {"zh": ("万元", "万元"), "en": ("1e6*yuan", "million yuan")}  # unit of gep.units, and as it is printed


@dataclass(frozen=True, eq=False)  # by identity: the caches below need a hash, tables have none
class Facts:
    """A run, opened for reports in one language. `zone` everywhere: township id, "" for the whole county."""

    run: StoredRun
    lang: str = "zh"

    @classmethod
    def of(cls, folder: str | Path, lang: str | None = None) -> Facts:
        """Open a run; its own language unless said. Raises GepError GEP-E012 when the folder is not whole."""
        run = open_run(folder)
        return cls(run, lang or str(run.meta.get("lang", "zh")))

    @functools.cached_property
    def _kept(self) -> dict[str, Any]:
        return {}

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, made at the first call of this key: tables grouped once for all reports of the run."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    # --- words

    def say(self, zh: str, en: str) -> str:
        """The reader's one of the two."""
        return zh if self.lang == "zh" else en

    def label(self, key: str) -> str:
        """A word of gep/report/labels.yaml."""
        return labels.label(key, self.lang)

    def service_name(self, service: str) -> str:
        """A service in the reader's language."""
        return labels.declared_name(service, "", self._service_names.get(service, service), self.lang)

    def type_name(self, code: str) -> str:
        """An ecosystem type in the reader's language."""
        return labels.type_name(code, code, self.lang)

    def zone_name(self, zone: str) -> str:
        """A township; "" is the county by the name of the study."""
        return self.zones_by_id[zone] if zone else self.study

    # --- what there is

    @property
    def folder(self) -> Path:
        """Where the run lies."""
        return self.run.folder

    @property
    def meta(self) -> Mapping[str, Any]:
        """run.json."""
        return self.run.meta

    @property
    def study(self) -> str:
        """The name of the study: the county."""
        return str(self.meta.get("study", ""))

    @property
    def whole(self) -> bool:
        """Whether the account is whole; only then is its total called GEP."""
        return told.complete(self.meta)

    @property
    def total_name(self) -> str:
        """GEP, or what a partial account must be called."""
        if self.whole:
            return self.say("生态产品总值（GEP）", "GEP")
        return self.say("已核算部分合计（不是总值）", "sum of what is accounted (not a total)")

    @functools.cached_property
    def periods(self) -> list[int]:
        """Accounting periods, in order."""
        return tables.periods(self.run.ledger.table)

    @functools.cached_property
    def _said(self) -> Any:
        """study.yaml as it was when the study was run; None in a folder without it."""
        from gep.study import load

        path = self.folder / "study.yaml"
        return load(path, files=False) if path.is_file() else None

    @property
    def note(self) -> tuple[str, str]:
        """What the study says of itself (its `note`: "中文 / English"), in both languages; ("", "") for nothing."""
        said = self._said
        zh, _, en = " ".join(((said.note if said is not None else "") or "").split()).partition(" / ")
        return zh, en or zh

    @property
    def map_approval(self) -> str:
        """The approval number of the map (审图号), where the study gives one for its release."""
        said = self._said.assessment if self._said is not None else None
        return str(said.release.map_approval) if said is not None and said.release is not None else ""

    @functools.cached_property
    def zones_by_id(self) -> dict[str, str]:
        """Township id → name, in the order of the run."""
        found = self.run.zones()
        return dict(zip(found["zone"].astype(str), found["zone_name"].astype(str), strict=True))

    @functools.cached_property
    def map(self) -> Any:
        """GeoDataFrame of the townships (zone, zone_name, geometry), or None where the run has no map."""
        found = self.run.zones()
        return found if "geometry" in found else None

    @functools.cached_property
    def work(self) -> pd.DataFrame:
        """The ledger prepared for summing (gep.report.tables.prepare)."""
        return tables.prepare(self.run.ledger.table)

    @functools.cached_property
    def services(self) -> list[str]:
        """Services that count, in the order of the accounts."""
        return tables.services(self.run.ledger.table)

    @functools.cached_property
    def _service_names(self) -> dict[str, str]:
        pairs = self.run.ledger.table[["service", "service_name"]].drop_duplicates("service")
        return dict(pairs.itertuples(index=False, name=None))

    def account_of(self, service: str) -> str:
        """provisioning, regulating or cultural."""
        return self._accounts[service]

    @functools.cached_property
    def _accounts(self) -> dict[str, str]:
        pairs = self.run.ledger.table[["service", "account"]].drop_duplicates("service")
        return dict(pairs.itertuples(index=False, name=None))

    @functools.cached_property
    def extent(self) -> pd.DataFrame:
        """Area in m² by period, zone and type (totals.parquet, group "extent")."""
        table = self.run.ledger.totals
        return table[table["group"] == "extent"]

    @functools.cache  # noqa: B019 - Facts live as long as a report is being written
    def table(self, name: str) -> pd.DataFrame | None:
        """A CSV of the run ("indicators", "conformity", "accounts/extent" …), codes as text; None where it is not."""
        import pandas as pd

        path = self.folder / f"{name}.csv"
        if not path.is_file():
            return None
        codes = {"zone": str, "type": str, "service": str, "form": str, "row": str, "column": str}
        return csv_cells.read(pd.read_csv(path, encoding="utf-8-sig", dtype=codes, keep_default_na=True))

    # --- figures

    @property
    def money(self) -> str:
        """The unit money is printed in, in words: 万元, million yuan."""
        return MONEY[self.lang][1]

    @functools.cached_property
    def _sums(self) -> dict[tuple[str, ...], dict[tuple[Any, ...], Any]]:
        """Values in yuan of the lines that count, by each set of columns that reports ask for."""
        counted = self.work[self.work["in_gep"]]
        out = {}
        for by in (("period",), ("period", "zone"), ("period", "service"), ("period", "zone", "service"),
                   ("period", "account"), ("period", "zone", "account"), ("period", "type"),
                   ("period", "zone", "type"), ("period", "service", "type")):  # fmt: skip
            made = tables.sums(counted, by)
            keys = [key if isinstance(key, tuple) else (key,) for key in made.index]
            out[tuple(by)] = dict(zip(keys, zip(made["value"], made["status"], strict=True), strict=True))
        return out

    def value(self, period: int, *, decimals: int = 2, sign: bool = False, **where: str) -> Figure:
        """Value of the lines that count, as a figure in `money`: value(2023, zone=…, service=… | account=… | type=…).

        `zone=""` or no zone is the county. Missing where nothing is valued; a partial sum is a figure whose `status`
        says so.
        """
        where = {k: v for k, v in where.items() if not (k == "zone" and v == "")}
        number, trace = self._value(period, where)
        return figure(number, trace, stored="yuan", unit=MONEY[self.lang][0], decimals=decimals, sign=sign)

    def _value(self, period: int, where: Mapping[str, str]) -> tuple[float | None, Rows]:
        by = ("period", *(k for k in ("zone", "service", "account", "type") if k in where))
        found = self._sums[by] if by in self._sums else self._asked(by)
        number, _ = found.get((period, *(where[k] for k in by[1:])), (None, "missing"))
        trace = Rows("ledger", "value", (("period", period), ("in_gep", True), *((k, where[k]) for k in by[1:])))
        return (None if number is None or number != number else float(number)), trace

    @functools.cache  # noqa: B019
    def _asked(self, by: tuple[str, ...]) -> dict[tuple[Any, ...], Any]:
        made = tables.sums(self.work[self.work["in_gep"]], list(by))
        return dict(zip(made.index, zip(made["value"], made["status"], strict=True), strict=True))

    def status(self, period: int, **where: str) -> str:
        """ok, partial or missing of the same selection as `value`."""
        where = {k: v for k, v in where.items() if not (k == "zone" and v == "")}
        by = ("period", *(k for k in ("zone", "service", "account", "type") if k in where))
        found = self._sums[by] if by in self._sums else self._asked(by)
        return str(found.get((period, *(where[k] for k in by[1:])), (None, "missing"))[1])

    def change(self, first: int, last: int, *, decimals: int = 2, **where: str) -> Figure:
        """Value of `last` minus that of `first`, in `money`, with its sign."""
        where = {k: v for k, v in where.items() if not (k == "zone" and v == "")}
        (a, was), (b, now) = self._value(first, where), self._value(last, where)
        number = None if a is None or b is None else round(b - a, 2)
        trace = Made("difference", (now, was))
        return figure(number, trace, stored="yuan", unit=MONEY[self.lang][0], decimals=decimals, sign=True)

    def rate(self, first: int, last: int, *, decimals: int = 1, **where: str) -> Figure:
        """Change in per cent of the first, with its sign."""
        where = {k: v for k, v in where.items() if not (k == "zone" and v == "")}
        (a, was), (b, now) = self._value(first, where), self._value(last, where)
        number = None if a is None or b is None or not a else (b - a) / abs(a)
        return figure(number, Made("change", (now, was)), stored="1", unit="%", decimals=decimals, sign=True)

    def share(
        self, period: int, part: Mapping[str, str], of: Mapping[str, str] | None = None, decimals: int = 1
    ) -> Figure:
        """One value over another, in per cent: share(2023, {"zone": z, "account": "regulating"}, {"zone": z})."""

        def tidy(where: Mapping[str, str]) -> dict[str, str]:
            return {k: v for k, v in where.items() if not (k == "zone" and v == "")}

        (a, over), (b, under) = self._value(period, tidy(part)), self._value(period, tidy(of or {}))
        number = None if a is None or not b else a / b
        return figure(number, Made("ratio", (over, under)), stored="1", unit="%", decimals=decimals)

    def area(self, period: int, zone: str = "", type: str = "", *, decimals: int = 2, unit: str = "hm²") -> Figure:
        """Area of the account in hm² (or km²): of a zone, of a type, of both, or of the county."""
        rows = self.extent[self.extent["period"] == period]
        where: list[tuple[str, object]] = [("period", period), ("group", "extent")]
        for column, wanted in (("zone", zone), ("type", type)):
            if wanted:
                rows = rows[rows[column] == wanted]
                where.append((column, wanted))
        number = float(rows["area_m2"].sum()) if len(rows) else None
        return figure(number, Rows("totals", "area_m2", tuple(where)), stored="m²", unit=unit, decimals=decimals)

    def count(self, trace: Rows, value: int) -> Figure:
        """A whole number, such as rows counted."""
        return figure(float(value), trace, decimals=0)


def per(over: Figure, under: Figure, stored: str, unit: str, decimals: int = 2) -> Figure:
    """One figure over another, e.g. yuan by m² printed as 万元/km²."""
    number = None if over.value is None or not under.value else over.value / under.value
    traces: tuple[Trace, ...] = (over.trace, under.trace)
    return figure(number, Made("ratio", traces), stored=stored, unit=unit, decimals=decimals)
