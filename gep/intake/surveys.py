"""Survey polygons (land-survey parcels, 国土调查图斑) burnt onto the grid once, and kept as a small GeoTIFF.

Rule: a pixel takes the code of the polygon that holds its centre. Burnt by canonical tiles, so memory stays bounded.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gep.errors import Fault, fault
from gep.intake.grid import Grid, parse_crs
from gep.intake.vectors import nearest_word, read_vector


def burn_survey(
    path: str | Path, column: str, type_of: Mapping[str, str], grid: Grid, cache: Path | None,
    *, layer: str | None = None, crs: str | None = None, encoding: str = "auto",
) -> tuple[Path | None, dict[int, str], dict[str, str], list[Fault]]:  # fmt: skip
    """(GeoTIFF uint16, {its value: code text}, {code: type}, faults) of survey polygons on the grid.

    Value 0 is "no polygon". The file stands in `cache` under a name made of the polygons, codes and grid, and is
    reused. Faults: those of `read_vector`, GEP-R047 the rule (info), R048 codes that lost their leading zeros
    (warning), R049 no such column.
    """
    table, _, faults = read_vector(path, layer=layer, crs=crs, encoding=encoding)
    if table is None:
        return None, {}, dict(type_of), faults
    if column not in table.columns:
        columns = [str(c) for c in table.columns if c != table.geometry.name]
        zh, en = nearest_word(column, columns)
        words = {"column": column, "columns": ", ".join(columns), "meant_zh": zh, "meant_en": en}
        return None, {}, dict(type_of), [*faults, fault("GEP-R049", file=path, **words)]
    numeric = pd.api.types.is_numeric_dtype(table[column])
    texts = [_text(v) for v in table[column]]
    names = dict(type_of)
    if numeric:
        texts, lost = _padded(texts, type_of)
        if lost:
            faults.append(fault("GEP-R048", file=path, column=column, examples=", ".join(lost[:5])))
    codes = sorted(set(texts) - {""})
    value_of = {code: k for k, code in enumerate(codes, start=1)}
    if not table.crs.equals(parse_crs(grid.crs), ignore_axis_order=True):
        table = table.to_crs(parse_crs(grid.crs))
    shapes = table.geometry.to_numpy()
    known = np.array([t != "" for t in texts]) & ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    shapes, values = shapes[known], np.array([value_of[t] for t in np.array(texts, object)[known]], dtype=np.uint16)
    folder = Path(cache) if cache is not None else Path(tempfile.mkdtemp(prefix="gep-survey-"))
    target = folder / f"survey_{_digest(shapes, values, codes, grid)}.tif"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _burn(shapes, values, grid, target)
    faults.append(fault("GEP-R047", file=path, count=len(shapes), codes=len(codes), to=target.name))
    return target, {k: code for code, k in value_of.items()}, names, faults


def _burn(shapes: np.ndarray, values: np.ndarray, grid: Grid, target: Path) -> None:
    import rasterio
    from rasterio.features import rasterize
    from rasterio.transform import Affine
    from rasterio.windows import Window

    tree = shapely.STRtree(shapes)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")  # a run that is cut off must not leave half a file
    with rasterio.open(
        part, "w", driver="GTiff", height=grid.rows, width=grid.cols, count=1, dtype="uint16", nodata=0,
        crs=rasterio.crs.CRS.from_user_input(grid.crs), transform=Affine(*grid.transform),
        tiled=True, blockxsize=512, blockysize=512, compress="deflate",
    ) as out:  # fmt: skip
        for window in grid.tiles():
            r0, r1, c0, c1 = window
            near = np.sort(tree.query(shapely.box(*grid.bounds_of(window))))
            block = np.zeros((r1 - r0, c1 - c0), np.uint16)
            if len(near):
                rasterize(
                    zip(shapes[near], values[near].tolist(), strict=True), out=block,
                    transform=Affine(*grid.transform_of(window)), all_touched=False,
                )  # fmt: skip
            out.write(block, 1, window=Window(c0, r0, c1 - c0, r1 - r0))
    os.replace(part, target)


def _digest(shapes: np.ndarray, values: np.ndarray, codes: list[str], grid: Grid) -> str:
    words = hashlib.sha256(repr((codes, grid.digest())).encode())
    words.update(values.tobytes())
    for shape in shapely.to_wkb(shapes):
        words.update(shape)
    return words.hexdigest()[:24]


def _text(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _padded(texts: list[str], type_of: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Codes read from a numeric column: 101 is 0101 where only the latter stands in the legend."""
    bare: dict[str, list[str]] = {}
    for code in type_of:
        bare.setdefault(code.lstrip("0"), []).append(code)
    found: dict[str, str] = {}
    for text in set(texts):
        if text and text not in type_of and len(bare.get(text, ())) == 1:
            found[text] = bare[text][0]
    return [found.get(t, t) for t in texts], [f"{k} → {v}" for k, v in sorted(found.items())]
