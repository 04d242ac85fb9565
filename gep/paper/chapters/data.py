"""Chapter 数据来源与质量: the files that values rest on, coverage, warnings, records against remote sensing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gep.paper.chapters import shared
from gep.paper.facts import Facts
from gep.paper.inputs import InputFile, inputs
from gep.paper.nouns import Block, Chapter, Figure, Heading, Para, Piece, Rows, Table, figure, para
from gep.paper.rest_words import half, place, services_said
from gep.paper.rests import rests

_DIGEST = 12  # characters of a digest that tell two files apart


def chapter(facts: Facts, zone: str) -> Chapter:
    """The chapter; a township's says which records are its own and how well its land is covered."""
    blocks: list[Block] = [Heading(facts.say("数据来源", "Sources of data")), *_files(facts, zone)]
    blocks += [Heading(facts.say("覆盖率", "Coverage")), *_coverage(facts, zone)]
    if not zone:
        blocks += _warnings(facts)
    compared = list(_records(facts, zone))
    if compared:
        blocks += [Heading(facts.say("部门记录与遥感", "Records and remote sensing")), *compared]
    return Chapter("data", facts.say("数据来源与质量", "Data and their quality"), tuple(blocks))


def files_table(facts: Facts, files: list[InputFile], id: str, title: str, services: bool = True) -> Table:
    """Input files as a table: file, what it is, who rests on it, size, digest."""
    heads = [
        facts.say("文件", "File"),
        facts.say("内容", "What it is"),
        facts.say("大小（字节）", "Size (bytes)"),
        "SHA-256",
    ]
    if services:
        heads.insert(2, facts.say("用于", "Used for"))
    rows: list[tuple[Piece, ...]] = []
    for one in files:
        cells: list[Piece] = [one.file, one.what, one.size, one.digest[:_DIGEST]]
        if services:
            whole = len(one.services) == len(rests(facts).all_services)
            cells.insert(2, facts.say("全部服务", "all services") if whole else services_said(facts, one.services))
        rows.append(tuple(cells))
    widths = (3, 2.4, 3, 1.6, 2) if services else (3, 2.4, 1.6, 2)
    return Table(id, title, tuple(heads), tuple(rows), lead=2, widths=widths, wide=services)


def _files(facts: Facts, zone: str) -> Iterator[Block]:
    if zone:
        yield from _own_records(facts, zone)
        return
    every = inputs(facts)
    values = [one for one in every if one.services]
    n = facts.count(Rows("run", "inputs", (), "count"), len(every))
    yield para(
        facts.say("本次核算读取 ", "This run read "),
        n,
        facts.say(
            f" 个文件，其中 {len(values)} 个是价值量所依据的，列于下表；其余用于资产账户、补偿和考核，见附表。"
            "每个文件以 SHA-256 摘要的前 12 位标识，数据改动一个字节摘要就不同。",
            f" files; the values rest on {len(values)} of them, listed below; the others serve asset"
            " accounts, compensation and assessment and stand in the annex. Each file is known by the first"
            " 12 digits of its SHA-256: change one byte and the digest differs.",
        ),
    )
    if values:
        yield files_table(facts, values, "data_files", facts.say("价值量所依据的文件", "Files that the values rest on"))


def _own_records(facts: Facts, zone: str) -> Iterator[Block]:
    """The statistics a township's own lines were read from."""
    of = rests(facts)
    found: dict[str, list[Any]] = {}
    for row in of.of("table", zone):
        found.setdefault(row.file, []).append(row)
    shown: list[tuple[Piece, ...]] = []
    for file, rows in sorted(found.items()):
        shown.append((file, services_said(facts, of.services(rows, zone))))
    layers = {file for kind in ("layer", "field") for row in of.of(kind, zone) for file in row.file.split(", ") if file}
    called = place(facts)
    yield para(
        facts.say(
            f"本{called.one}的数字取自 {len(layers)} 个{called.whole}图层文件和 {len(found)} 个统计表；"
            f"图层文件的清单见{called.whole}报告。",
            f"This {called.one}'s numbers come from {len(layers)} files of layers, which the report of the"
            f" {called.whole} lists, and {len(found)} tables of statistics.",
        )
    )
    if shown:
        yield Table(
            "data_records",
            facts.say(f"有本{called.one}记录的统计表", f"Tables with records of this {called.one}"),
            (facts.say("文件", "File"), facts.say("用于", "Used for")),
            tuple(shown),
            lead=2,
            widths=(3, 5),
        )


def coverage(facts: Facts, service: str, zone: str) -> Figure:
    """The lowest coverage of a service's lines in per cent; missing where none of them comes from the map."""
    where = (*((("service", service),) if service else ()), *((("zone", zone),) if zone else ()))
    table = facts.run.ledger.table
    rows = table
    for column, wanted in where:
        rows = rows[rows[column] == wanted]
    cells = rows["coverage"].dropna()
    return figure(
        float(cells.min()) if len(cells) else None, Rows("ledger", "coverage", where, "min"), unit="%", decimals=1
    )


def _coverage(facts: Facts, zone: str) -> Iterator[Block]:
    table = facts.run.ledger.table
    rows = table[table["coverage"].notna() & ((table["zone"].astype(str) == zone) if zone else True)]
    lowest = rows.groupby("service", sort=False)["coverage"].min()
    if not len(lowest):
        yield para(facts.say("没有按图层计算的服务。", "No service is computed from layers."))
        return
    poor = [s for s in rests(facts).all_services if s in lowest.index and lowest[s] < 1]
    if not poor:
        yield para(
            facts.say(
                f"{len(lowest)} 项按图层计算的服务，各{place(facts).one}各类型的图层覆盖率最低为 "
                if not zone
                else f"{len(lowest)} 项按图层计算的服务，图层覆盖率最低为 ",
                f"Of the {len(lowest)} services computed from layers the lowest coverage is ",
            ),
            coverage(facts, "", zone),
            facts.say("%，没有缺口。", "%: there are no gaps."),
        )
        return
    yield para(
        facts.say(
            f"{len(poor)} 项服务的图层没有盖满全部土地，缺的部分不估算：",
            f"The layers of {len(poor)} services do not cover all land; what is not covered is not estimated:",
        )
    )
    yield Table(
        "data_coverage",
        facts.say("最低覆盖率", "Lowest coverage"),
        (facts.say("服务", "Service"), facts.say("最低覆盖率（%）", "Lowest coverage (%)")),
        tuple((facts.service_name(s), coverage(facts, s, zone)) for s in poor),
    )


def _warnings(facts: Facts) -> Iterator[Block]:
    """What the run told, grouped by its code, with one example in its own words."""
    told = [w for w in facts.meta.get("warnings", []) if isinstance(w, dict)]
    if not told:
        return
    yield Heading(facts.say("核算中的提示", "What the run told"))
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in told:
        groups.setdefault(str(one.get("code")), []).append(one)
    rows: list[tuple[Piece, ...]] = []
    grave = {"error": 0, "warning": 1}
    for code, found in sorted(groups.items(), key=lambda g: (grave.get(str(g[1][0].get("severity")), 2), g[0])):
        first = found[0]
        count = facts.count(Rows("run", "warnings", (("code", code),), "count"), len(found))
        kind = facts.say("警告", "warning") if str(first.get("severity")) == "warning" else facts.say("提示", "note")
        text = half(str(first.get(facts.lang) or first.get("zh") or ""), facts.lang)
        rows.append((code, kind, count, shared.ended(text, facts.lang), str(first.get("file") or "—")))
    heads = (
        facts.say("代码", "Code"),
        facts.say("级别", "Kind"),
        facts.say("次数", "Times"),
        facts.say("第一条", "The first"),
        facts.say("文件", "File"),
    )
    yield Table(
        "data_warnings",
        facts.say("提示按代码汇总", "Notes by code"),
        heads,
        tuple(rows),
        lead=2,
        widths=(1.4, 1, 1, 6, 2),
    )


def _records(facts: Facts, zone: str) -> Iterator[Block]:
    """Stocks of land at the end of the last period: the department's record beside what was read from the map."""
    table = facts.table("accounts/land_difference")
    if table is None or not len(table):
        return
    from gep.forms import shipped_form
    from gep.report.form_layout import column_name

    last = int(table["close"].max())
    here = table[(table["zone"].fillna("") == zone) & (table["row"] == "closing") & (table["close"] == last)]
    here = here[here["open"] == here["open"].max()].dropna(subset=["record", "remote"])
    if not len(here):
        return
    opened = int(here["open"].iloc[0])
    form = shipped_form("land")
    names = {column.id: column_name(form, column.id, facts.lang) for column in form.columns}
    shown: list[tuple[Piece, ...]] = []
    for row in here.itertuples():
        where = (
            ("form", row.form),
            ("open", opened),
            ("close", last),
            ("zone", zone),
            ("column", row.column),
            ("row", "closing"),
        )
        one = [
            figure(
                getattr(row, column), Rows("accounts/land_difference", column, where, "only"), stored="ha", unit="hm²"
            )
            for column in ("record", "remote", "difference")
        ]
        shown.append((names.get(row.column, row.column), *one))
    heads = (
        facts.say("地类", "Land class"),
        facts.say("部门记录（hm²）", "Record (hm²)"),
        facts.say("遥感（hm²）", "Remote sensing (hm²)"),
        facts.say("遥感 − 记录（hm²）", "Remote − record (hm²)"),
    )
    yield Table(
        "data_records_remote",
        facts.say(f"{last} 年末土地面积：部门记录与遥感", f"Land at the end of {last}: records and remote sensing"),
        heads,
        tuple(shown),
    )
    yield _widest(facts, shown)


def _widest(facts: Facts, rows: list[tuple[Piece, ...]]) -> Para:
    """The land class on which the two differ most."""
    name, record, remote, _ = max(rows, key=lambda row: abs(row[3].value or 0.0))  # type: ignore[union-attr]
    return para(
        facts.say(f"两者相差最大的是{name}：记录 ", f"They differ most on {name}: the record says "),
        record,
        facts.say(" hm²，遥感 ", " hm², remote sensing "),
        remote,
        facts.say(" hm²。差额原样列出，没有调平。", " hm². The difference is shown as it is, not smoothed away."),
    )
