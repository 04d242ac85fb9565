"""Reading polygons: layer, columns, CRS, and the encoding of shapefiles that do not say it."""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gep.errors import Fault, GepError, fault
from gep.intake.grid import check_coordinates, crs_text

if TYPE_CHECKING:
    import geopandas as gpd

_SNIFFED_BYTES = 8 * 2**20


def nearest_word(word: str, options: Iterable[str]) -> tuple[str, str]:
    """("（是否想写 …？）", " (did you mean …?)") for the option nearest to `word`, or two empty texts."""
    folded = {str(option).casefold(): str(option) for option in options}
    close = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.5)
    return (f"（是否想写 {folded[close[0]]}？）", f" (did you mean {folded[close[0]]}?)") if close else ("", "")


def read_vector(
    path: str | Path, *, layer: str | None = None, crs: str | None = None, encoding: str = "auto"
) -> tuple[gpd.GeoDataFrame | None, str, list[Fault]]:
    """(table with geometries or None, encoding of its text, faults).

    GeoPackage, Shapefile, GeoJSON, FileGDB, whatever GDAL reads. Faults: GEP-R001 no such file, Z001 not readable,
    Z002 no such layer, Z003 several layers, Z004 no CRS, Z005 no features, R011 coordinates not of this CRS,
    R012 no such CRS, Z010–Z013 encoding.
    """
    import pyogrio

    path = Path(path)
    if not path.exists():
        return None, "", [fault("GEP-R001", file=path)]
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except Exception as error:  # pyogrio raises its own and GDAL's errors
        return None, "", [fault("GEP-Z001", file=path, why=str(error))]
    if layer is None:
        if len(layers) != 1:
            return None, "", [fault("GEP-Z003", file=path, count=len(layers), layers=", ".join(layers) or "–")]
        layer = layers[0]
    elif layer not in layers:
        zh, en = nearest_word(layer, layers)
        words = {"layer": layer, "layers": ", ".join(layers), "meant_zh": zh, "meant_en": en}
        return None, "", [fault("GEP-Z002", file=path, **words)]
    named, faults = text_encoding(path, encoding)
    if any(f.severity == "error" for f in faults):
        return None, named, faults
    try:
        table = _read(path, layer, named)
    except Exception as error:
        return None, named, [*faults, fault("GEP-Z001", file=path, why=str(error))]
    if len(table) == 0:
        return None, named, [*faults, fault("GEP-Z005", file=path, layer=layer)]
    try:
        if crs is not None:
            table = table.set_crs(crs_text(crs), allow_override=True)
        elif table.crs is None:
            return None, named, [*faults, fault("GEP-Z004", file=path)]
        faults += check_coordinates(crs_text(table.crs), table.total_bounds, path)
    except GepError as error:
        return None, named, [*faults, *error.faults]
    if any(f.severity == "error" for f in faults):
        return None, named, faults
    return table, named, faults


def _read(path: Path, layer: str, encoding: str) -> gpd.GeoDataFrame:
    """The table; shapefile text decoded as `encoding`, a character cut at the end of its field left out."""
    import pyogrio

    if path.suffix.lower() != ".shp":
        return pyogrio.read_dataframe(path, layer=layer)
    try:
        return pyogrio.read_dataframe(path, layer=layer, encoding=encoding)
    except UnicodeDecodeError:
        table = pyogrio.read_dataframe(path, layer=layer, encoding="ISO-8859-1")  # every byte is a character

    def again(value: object) -> object:
        return value.encode("latin-1").decode(encoding, "ignore") if isinstance(value, str) else value

    for column in table.columns.drop(table.geometry.name):
        table[column] = table[column].map(again)
    return table.rename(columns=again)


def text_encoding(path: Path, wanted: str = "auto") -> tuple[str, list[Fault]]:
    """The encoding of a vector file's text, and what to say of it.

    A shapefile's DBF is sniffed: strict UTF-8, else GB18030; its .cpg is believed only when the bytes agree. Faults:
    GEP-Z010 judged (info), Z011 the .cpg is wrong (warning), Z012 neither, Z013 the encoding asked for does not fit.
    """
    if path.suffix.lower() != ".shp":
        return "utf-8", []
    dbf = _beside(path, ".dbf")
    texts = _dbf_texts(dbf) if dbf else []
    fits = [name for name in ("utf-8", "gb18030") if all(_decodes(text, name, full) for text, full in texts)]
    plain = all(text.isascii() for text, _ in texts)
    if wanted != "auto":
        try:
            codecs.lookup(wanted)
            sound = all(_decodes(text, wanted, full) for text, full in texts)
        except LookupError:
            sound = False
        if not sound:
            return wanted, [fault("GEP-Z013", file=path, wanted=wanted, found=fits[0] if fits else "?")]
        return wanted, []
    if not fits:
        return "", [fault("GEP-Z012", file=path)]
    if plain:
        return "utf-8", []
    declared_in = _beside(path, ".cpg")
    declared = declared_in.read_text("ascii", "replace").strip() if declared_in else ""
    if not declared:
        return fits[0], [fault("GEP-Z010", file=path, name=path.name, found=fits[0])]
    if _family(declared) != fits[0]:
        return fits[0], [fault("GEP-Z011", file=path, cpg=declared, found=fits[0])]
    return fits[0], []


def _family(name: str) -> str:
    folded = name.lower().replace("-", "").replace("_", "").replace("cp", "").replace("ansi", "").strip()
    if folded in ("utf8", "65001"):
        return "utf-8"
    return "gb18030" if folded in ("gbk", "gb2312", "gb18030", "936", "54936", "euccn", "hz") else name


def _beside(path: Path, ending: str) -> Path | None:
    for name in (ending, ending.upper()):
        if path.with_suffix(name).exists():
            return path.with_suffix(name)
    return None


def _dbf_texts(path: Path) -> list[tuple[bytes, bool]]:
    """Distinct texts of a DBF (field names, character values), each with: does it fill its whole width?"""
    with path.open("rb") as file:
        data = file.read(_SNIFFED_BYTES)
    if len(data) < 32:
        return []
    header, record = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    found: set[tuple[bytes, bool]] = set()
    fields, at = [], 1  # the first byte of a record is its deletion mark
    for start in range(32, header - 32, 32):
        if data[start : start + 1] in (b"\r", b""):
            break
        name = data[start : start + 11].split(b"\0")[0]
        found.add((name, len(name) >= 10))
        width = data[start + 16]
        if data[start + 11 : start + 12] in (b"C", b"M"):
            fields.append((at, at + width))
        at += width
    for start in range(header, len(data) - record + 1, record or len(data)):
        for left, right in fields:
            text = data[start + left : start + right]
            found.add((text.rstrip(b" \0"), text[-1:] not in (b" ", b"\0")))
    return list(found)


def _decodes(text: bytes, encoding: str, full: bool) -> bool:
    """Is `text` sound in this encoding? A text that fills its field may be cut inside its last character."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(text, final=not full)
    except UnicodeDecodeError:
        return False
    return True
