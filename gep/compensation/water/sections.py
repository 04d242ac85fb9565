"""The register of monitoring sections: whose water it is, what class it must keep, who shares it, what is noted of it.

A section's upstream party answers for it and settles with the downstream party, or with the treasury where none is
named. Several townships may share a side (table `shares`); a note takes months out of the assessment or decides them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import TREASURY, Case, Due, Status, cents, owed
from gep.compensation.rows import party, place
from gep.compensation.water.classes import CLASSES, class_number
from gep.compensation.water.readings import YEAR_MONTHS
from gep.errors import Fault, fault
from gep.intake.expect import Expect, Expected
from gep.intake.values import key
from gep.lineage import Line
from gep.money import largest_remainder
from gep.study_checks import did_you_mean

_SECTION = Expect("text", required=True, aliases=("断面编号", "断面代码", "断面", "点位", "断面名称"))
SECTIONS = Expected(
    {
        "section": _SECTION,
        "name": Expect("text", aliases=("断面名称", "名称")),
        "river": Expect("text", aliases=("河流", "所在河流", "水体", "水体名称")),
        "level": Expect("text", aliases=("断面级别", "级别", "控制级别")),
        "kind": Expect("text", aliases=("水体类型", "类型")),
        "target": Expect("text", aliases=("目标类别", "水质目标", "考核目标", "目标")),
        "upstream": Expect("text", aliases=("上游乡镇", "上游", "责任乡镇", "上游责任方")),
        "downstream": Expect("text", aliases=("下游乡镇", "下游", "下游责任方")),
        "inflow": Expect("text", aliases=("对应入境断面", "入境断面")),
        "note": Expect("text", aliases=("备注",)),
    },
    key=("section",),
    unique=False,
    totals=False,
)
NOTES = Expected(
    {
        "section": _SECTION,
        "month": Expect("text", aliases=("月份", "月")),
        "kind": Expect("text", required=True, aliases=("情形", "说明类型", "类型")),
        "amount": Expect(unit="yuan", negative=True, aliases=("裁定金额", "金额")),
        "document": Expect("text", aliases=("依据文件", "文号", "依据")),
        "note": Expect("text", aliases=("备注",)),
    },
    key=("section",),
    unique=False,
)
SHARES = Expected(
    {
        "section": _SECTION,
        "zone": Expect("text", required=True, aliases=("乡镇", "镇街", "乡镇名称", "责任方")),
        "share": Expect(unit="1", required=True, aliases=("份额", "责任份额", "分担比例")),
        "side": Expect("text", aliases=("上下游", "侧")),
    },
    key=("section",),
    unique=False,
    totals=False,
)
KINDS: Mapping[str, tuple[str, ...]] = {
    "suspended": ("停考", "暂停考核", "停测"), "upstream_no_fault": ("上游无过错", "上游无过错举证"),
    "arbitration": ("仲裁", "裁定"), "dry": ("断流", "干涸"),
}  # fmt: skip
_WATERS = {"": "river", "river": "river", "河流": "river", "河": "river", "lake": "lake", "湖库": "lake",
           "湖泊": "lake", "水库": "lake", "湖": "lake"}  # fmt: skip
_SIDES = {"": "up", "up": "up", "上游": "up", "down": "down", "下游": "down"}
_ALL_YEAR = ("", "全年", "all", "1-12")


@dataclass(frozen=True)
class Note:
    """What is noted of a section in a month: `kind` of KINDS, the document, the decided amount of an arbitration."""

    kind: str
    document: str
    amount: Decimal | None
    file: str
    row: int
    text: str = ""

    def line(self) -> Line:
        """Its line of lineage: the document."""
        amount = None if self.amount is None else float(self.amount)
        return Line("note", self.kind, f"{KINDS[self.kind][0]} / {self.kind}", amount,
                    "yuan" if amount is not None else "", file=self.file, source=self.document,
                    note="; ".join(filter(None, (f"row {self.row}", self.text))))  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A section. `up`, `down`: (party id, share) of each side; `target`: class 1–5, 0 where the rule needs none."""

    id: str
    name: str
    river: str
    level: str
    kind: str
    target: int
    up: tuple[tuple[str, Decimal], ...]
    down: tuple[tuple[str, Decimal], ...]
    inflow: str
    row: int


@dataclass(frozen=True)
class Register:
    """All sections in the order of the table, the words they go by, and the notes by section and month."""

    sections: Mapping[str, Section] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # key(id or name) → id
    notes: Mapping[tuple[str, int], Note] = field(default_factory=dict)


def register(case: Case, *, target: bool = True) -> tuple[Register, tuple[Fault, ...]]:
    """The register of a case (tables sections, notes, shares), with all faults. `target`: each needs a target class."""
    return _Reader(case, target).read()


def parts(total: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """A sum shared out to the cent: the parts add up to it (largest remainder). Raises ValueError: Σ shares ≠ 1."""
    if sum(shares) != 1:
        raise ValueError(f"shares add up to {sum(shares)}, not to 1")
    whole = cents(total)
    if len(shares) == 1:
        return [whole]
    return [cents(Decimal(repr(p))) for p in largest_remainder([float(whole * s) for s in shares], float(whole))]


def dues(
    section: Section, span: str, signed: Decimal | None, *, status: Status, confidence: str, note: str,
    lines: tuple[Line, ...],
) -> tuple[list[Due], Decimal]:  # fmt: skip
    """The dues of a section for a span, and what stays within one township that stands on both sides.

    `signed`: above zero the upstream side receives, below it pays; None: missing. One due a pair of upstream and
    downstream parties, in proportion to both shares.
    """
    if len(section.up) == 1 == len(section.down):
        pairs, amounts = [(section.up[0][0], section.down[0][0], lines)], [signed]
    else:
        pairs = [(u, d, (*lines, _share_line(u, d, us * ds))) for u, us in section.up for d, ds in section.down]
        shares = [us * ds for _, us in section.up for _, ds in section.down]
        amounts = [None] * len(pairs) if signed is None else list(parts(signed, shares))
    out, own = [], Decimal(0)
    for (up, down, behind), amount in zip(pairs, amounts, strict=True):
        if up == down:
            own += amount or Decimal(0)
            continue
        payer, payee, owes = (down, up, None) if amount is None else owed(cents(amount), up, down)
        out.append(Due(span, section.id, up, payer, payee, owes, section.name, status, confidence, note, behind))
    return out, own


def _share_line(up: str, down: str, share: Decimal) -> Line:
    return Line("share", f"{up}→{down}", "份额 / share", float(share), "1")


class _Reader:
    def __init__(self, case: Case, target: bool) -> None:
        self.case, self.target = case, target
        self.faults: list[Fault] = []

    def read(self) -> tuple[Register, tuple[Fault, ...]]:
        rows = self._rows("sections")
        names: dict[str, str] = {}
        first: dict[str, int] = {}
        for row, cells in rows:
            for word in dict.fromkeys(filter(None, (self._id(cells), _text(cells, "name")))):
                if key(word) in names:
                    self._fault("sections", "GEP-G111", row, "section", section=word, rows=f"{first[key(word)]}, {row}")
                names.setdefault(key(word), self._id(cells))
                first.setdefault(key(word), row)
        shared = self._shares(names)
        sections: dict[str, Section] = {}
        for row, cells in rows:
            made = self._section(row, cells, names, shared)
            sections.setdefault(made.id, made)
        return Register(sections, names, self._notes(names)), tuple(dict.fromkeys(self.faults))

    def _section(
        self, row: int, cells: Mapping[str, Any], names: Mapping[str, str],
        shared: Mapping[tuple[str, str], list[tuple[str, Decimal]]],
    ) -> Section:  # fmt: skip
        id = self._id(cells)
        target = class_number(_text(cells, "target")) or 0
        if self.target and target not in range(1, len(CLASSES)):
            self._fault("sections", "GEP-G110", row, "target", section=id, text=_text(cells, "target"))
        kind = _WATERS.get(key(_text(cells, "kind")))
        if kind is None:
            self._not_understood("sections", row, "kind", id, _text(cells, "kind"), "river 河流, lake 湖库")
        up = shared.get((id, "up")) or self._party(row, cells, id, "upstream")
        down = shared.get((id, "down")) or self._party(row, cells, id, "downstream") or [(TREASURY, Decimal(1))]
        if not up and not _text(cells, "upstream"):
            self._fault("sections", "GEP-G123", row, "upstream", section=id)
        if len(up) == 1 == len(down) and up[0][0] == down[0][0]:
            word = self.case.parties.name(up[0][0])
            self._fault("sections", "GEP-G113", row, "downstream", section=id, word=word)
        word = _text(cells, "inflow")
        inflow = names.get(key(word), "") if word else ""
        if word and inflow in ("", id):
            zh, en = did_you_mean(word, list(dict.fromkeys(names.values())))
            self._fault("sections", "GEP-G122", row, "inflow", section=id, word=word, zh=zh, en=en)
        return Section(id, _text(cells, "name") or id, _text(cells, "river"), _text(cells, "level"), kind or "river",
                       target, tuple(sorted(up)), tuple(sorted(down)), inflow, row)  # fmt: skip

    def _party(self, row: int, cells: Mapping[str, Any], id: str, side: str) -> list[tuple[str, Decimal]]:
        word = _text(cells, side)
        found = self._find("sections", row, side, word) if word else None
        return [(found, Decimal(1))] if found else []

    def _find(self, role: str, row: int, column: str, word: str) -> str | None:
        at = self.case.file(role), place(self.case.tables[role], row, column)
        return party(self.case.parties, word, *at, self.faults)

    def _shares(self, names: Mapping[str, str]) -> dict[tuple[str, str], list[tuple[str, Decimal]]]:
        out: dict[tuple[str, str], list[tuple[str, Decimal]]] = {}
        first: dict[tuple[str, str], int] = {}
        rows: dict[tuple[str, str, str], int] = {}
        for row, cells in self._rows("shares"):
            id = self._known("shares", row, cells, names)
            side = _SIDES.get(key(_text(cells, "side")))
            if side is None:
                self._not_understood("shares", row, "side", id or "", _text(cells, "side"), "up 上游, down 下游")
            zone = self._find("shares", row, "zone", _text(cells, "zone"))
            share = _share(cells.get("share"))
            if share is None:
                self._fault("shares", "GEP-G124", row, "share", text=_text(cells, "share"))
            if id and side and zone and (at := rows.setdefault((id, side, zone), row)) != row:
                word = self.case.parties.name(zone)
                self._fault("shares", "GEP-G131", row, "zone", section=id, side=side, word=word, rows=f"{at}, {row}")
                continue
            if id and side and zone and share is not None:
                out.setdefault((id, side), []).append((zone, share))
                first.setdefault((id, side), row)
        for (id, side), listed in out.items():
            if (total := sum((share for _, share in listed), Decimal(0))) != 1:
                row = first[id, side]
                self._fault("shares", "GEP-G114", row, "share", section=id, side=side, sum=f"{total.normalize():f}")
        return out

    def _notes(self, names: Mapping[str, str]) -> dict[tuple[str, int], Note]:
        out: dict[tuple[str, int], Note] = {}
        for row, cells in self._rows("notes"):
            id = self._known("notes", row, cells, names)
            word = key(_text(cells, "kind"))
            kind = next((k for k, words in KINDS.items() if word in map(key, (k, *words))), None)
            shown = id or ""
            if kind is None:
                known = ", ".join(f"{k} {words[0]}" for k, words in KINDS.items())
                self._not_understood("notes", row, "kind", shown, _text(cells, "kind"), known)
            months = months_of(_text(cells, "month"))
            if months is None:
                self._not_understood("notes", row, "month", shown, _text(cells, "month"), "3; 3-5; 3,4,7; 全年")
            if id is None or kind is None:
                continue
            document, amount = _text(cells, "document"), cells.get("amount")
            if not document:
                self._fault("notes", "GEP-G116", row, "document", section=id, kind=kind)
            given = None if amount is None or amount != amount else Decimal(repr(float(amount)))
            if kind == "arbitration" and given is None:
                self._fault("notes", "GEP-G117", row, "amount", section=id)
            note = Note(kind, document, given, self.case.file("notes"), row, _text(cells, "note"))
            for month in months or ():
                if (id, month) in out:
                    rows = f"{out[id, month].row}, {row}"
                    self._fault("notes", "GEP-G118", row, "month", section=id, month=month, rows=rows)
                out[id, month] = note
        return out

    def _rows(self, role: str) -> list[tuple[int, dict[str, Any]]]:
        frame = self.case.tables.get(role)
        if frame is None:
            return []
        columns = [str(c) for c in frame.columns]
        rows = zip(frame.index.tolist(), *(frame[c].tolist() for c in columns), strict=True)
        return [(row, dict(zip(columns, cells, strict=True))) for row, *cells in rows]

    def _id(self, cells: Mapping[str, Any]) -> str:
        return _text(cells, "section")

    def _known(self, role: str, row: int, cells: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
        word = self._id(cells)
        if key(word) not in names:
            zh, en = did_you_mean(word, list(dict.fromkeys(names.values())))
            self._fault(role, "GEP-G100", row, "section", word=word, zh=zh, en=en)
        return names.get(key(word))

    def _not_understood(self, role: str, row: int, column: str, word: str, text: str, known: str) -> None:
        self._fault(role, "GEP-G115", row, column, word=word, what=column, text=text, known=known)

    def _fault(self, role: str, code: str, row: int, column: str, **values: Any) -> None:
        at = place(self.case.tables[role], row, column)
        self.faults.append(fault(code, file=self.case.file(role), place=at, **values))


def _text(cells: Mapping[str, Any], column: str) -> str:
    value = cells.get(column)
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _share(value: Any) -> Decimal | None:
    try:
        number = Decimal(f"{float(value):.12g}")
    except (TypeError, ValueError):
        return None
    return number if number.is_finite() and 0 <= number <= 1 else None


def months_of(text: str) -> tuple[int, ...] | None:
    """The months of "3", "3-5", "3,4,7", "全年" or blank; None where it says something else."""
    plain = key(text).replace("、", ",").replace("月", "").replace("–", "-").replace("~", "-").replace("至", "-")
    if plain in _ALL_YEAR:
        return tuple(YEAR_MONTHS)
    out: list[int] = []
    for part in plain.split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            return None
        out += range(int(first), int(last or first) + 1)
    return tuple(out) if out and all(m in YEAR_MONTHS for m in out) else None
