"""The sample county for settlements alone: a copy of the few files they need, and its tables as typed."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
TABLES = SAMPLE / "compensation"
NEEDED = ("study.yaml", "townships.gpkg", "local_coefficients.csv")


def encoding_of(data: bytes) -> str:
    return "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "gb18030"


def typed(name: str, folder: Path = TABLES) -> list[dict[str, str]]:
    """A table as typed: one dictionary a row, heads without their units; row n of the file is element n − 2."""
    data = (folder / name).read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode(encoding_of(data)))))
    heads = [head.split("(")[0] for head in rows[0]]
    return [dict(zip(heads, row, strict=True)) for row in rows[1:]]


def one(name: str, **by: str) -> dict[str, Decimal | str]:
    """The one row of a table where columns are as said; figures as Decimal."""
    [row] = [r for r in typed(name) if all(r[k] == v for k, v in by.items())]
    return {k: number(v) for k, v in row.items()}


def number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


class County:
    """A copy of the sample with what settlements need; no raster. `only`: the settlements that are kept."""

    def __init__(self, folder: Path, *only: str):
        self.folder = folder
        folder.mkdir()
        for name in NEEDED:
            shutil.copy(SAMPLE / name, folder / name)
        shutil.copytree(TABLES, folder / "compensation")
        if only:
            self._keep(only)

    def _keep(self, only: tuple[str, ...]) -> None:
        said = YAML(typ="safe").load(self.study.read_text("utf-8"))
        settle = said["compensation"]["settle"]
        said["compensation"]["settle"] = {id: settle[id] for id in only}
        self._write(said)

    @property
    def study(self) -> Path:
        return self.folder / "study.yaml"

    def lines(self, name: str, change: Callable[[list[str]], list[str]]) -> None:
        """Rewrite a table line by line (line 0 is its head), in the encoding it has."""
        path = self.folder / "compensation" / name
        data = path.read_bytes()
        lines = data.decode(encoding_of(data)).splitlines()
        path.write_bytes(("\r\n".join(change(lines)) + "\r\n").encode(encoding_of(data)))

    def cell(self, name: str, row: int, column: str, value: str) -> None:
        """Write one cell: `row` as the file counts it (its head is 1), `column` without its unit."""

        def change(lines: list[str]) -> list[str]:
            at = [head.split("(")[0] for head in lines[0].split(",")].index(column)
            cells = lines[row - 1].split(",")
            lines[row - 1] = ",".join([*cells[:at], value, *cells[at + 1 :]])
            return lines

        self.lines(name, change)

    def term(self, settlement: str, symbol: str, value: float, **by: str) -> None:
        """Change a term that a settlement says itself."""
        said = YAML(typ="safe").load(self.study.read_text("utf-8"))
        terms = said["compensation"]["settle"][settlement]["terms"]
        [row] = [t for t in terms if t["symbol"] == symbol and all(t.get(k) == v for k, v in by.items())]
        row["value"] = value
        self._write(said)

    def put(self, settlement: str, key: str, value: object) -> None:
        """Change what a settlement says under a key."""
        said = YAML(typ="safe").load(self.study.read_text("utf-8"))
        said["compensation"]["settle"][settlement][key] = value
        self._write(said)

    def _write(self, said: dict) -> None:
        with self.study.open("w", encoding="utf-8") as file:
            YAML(typ="safe").dump(said, file)
