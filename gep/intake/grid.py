"""The one grid of a study: CRS, transform, size, true pixel area by row, and the canonical tiles.

Every read, warp and evaluation is cut at multiples of TILE_ROWS × TILE_COLS from the grid's row 0, column 0, so that
no result depends on the strip height, the number of threads or the cluster that happened to work on it.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError

from gep.errors import Fault, GepError, fault, refuse

TILE_ROWS, TILE_COLS = 512, 2048

Window = tuple[int, int, int, int]  # r0, r1, c0, c1, half-open
Bounds = tuple[float, float, float, float]  # left, bottom, right, top

_ZONE_WIDTH = 1_000_000.0  # Chinese Gauss-Krüger: the zone number stands in the millions of the easting
_ZONES = range(13, 46)  # 13–23: 6° zones, 25–45: 3° zones of China


@functools.lru_cache(maxsize=64)
def parse_crs(text: str) -> CRS:
    """The pyproj CRS of "EPSG:4527", a WKT or a PROJ string. Raises GepError GEP-R012 for what is none."""
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise GepError(fault("GEP-R012", crs=text, why=str(error))) from None


def crs_text(crs: Any) -> str:
    """A short, stable spelling of a CRS: "EPSG:n" where the authority code is certain, else its WKT 2."""
    parsed = parse_crs(crs) if isinstance(crs, str) else CRS.from_user_input(crs)
    code = parsed.to_epsg(min_confidence=100)
    return f"EPSG:{code}" if code else parsed.to_wkt()


@functools.lru_cache(maxsize=256)
def same_crs(one: str, other: str) -> bool:
    """Do two CRS name the same coordinates (x, y order; spelling, names and authority tags aside)?"""
    first, second = parse_crs(one), parse_crs(other)
    if first.equals(second, ignore_axis_order=True):
        return True
    # WKT 1 without AXIS reads as easting, northing, while EPSG:4527 is northing, easting: compare what is computed
    if (
        not (first.is_projected and second.is_projected)
        or first.axis_info[0].unit_name != second.axis_info[0].unit_name
    ):
        return False
    return _projection(first) == _projection(second) and first.geodetic_crs.equals(
        second.geodetic_crs, ignore_axis_order=True
    )


def _projection(crs: CRS) -> tuple[object, ...]:
    operation = crs.coordinate_operation
    params = {(p.name, float(p.value) * float(p.unit_conversion_factor or 1)) for p in operation.params}
    return operation.method_name, frozenset(params)


@dataclass(frozen=True)
class Grid:
    """A north-up raster grid.

    `crs`: "EPSG:n" or WKT. `transform`: affine a, b, c, d, e, f with b = d = 0, a > 0, e < 0 (c, f: the upper left
    corner). `area_mode`: "projected" takes a pixel's area from the map plane, "geodesic" from the ellipsoid.
    Raises GepError (GEP-R013 rotated or south-up, GEP-R014 empty, GEP-R012 CRS, GEP-R016 area mode).
    """

    crs: str
    transform: tuple[float, float, float, float, float, float]
    rows: int
    cols: int
    area_mode: str = "projected"

    def __post_init__(self) -> None:
        object.__setattr__(self, "transform", tuple(float(v) for v in tuple(self.transform)[:6]))
        object.__setattr__(self, "rows", int(self.rows))
        object.__setattr__(self, "cols", int(self.cols))
        a, b, _c, d, e, _f = self.transform
        faults = []
        if b != 0 or d != 0 or a <= 0 or e >= 0:
            faults.append(fault("GEP-R013", transform=self.transform))
        if self.rows < 1 or self.cols < 1:
            faults.append(fault("GEP-R014", rows=self.rows, cols=self.cols))
        if self.area_mode not in ("projected", "geodesic"):
            faults.append(fault("GEP-R016", mode=self.area_mode))
        refuse(faults)
        object.__setattr__(self, "crs", crs_text(self.crs))

    @classmethod
    def from_raster(cls, path: str | Path, crs: str | None = None, area: str = "projected") -> Grid:
        """The grid of a raster file; `crs` overrides the file's own.

        Raises GepError: GEP-R001 no such file, GEP-R002 not readable, GEP-R010 no CRS, GEP-R011 coordinates that
        cannot belong to the CRS.
        """
        import rasterio

        path = Path(path)
        if not path.exists():
            raise GepError(fault("GEP-R001", file=path))
        try:
            with rasterio.open(path) as source:
                own, transform, rows, cols = source.crs, source.transform, source.height, source.width
        except rasterio.errors.RasterioError as error:
            raise GepError(fault("GEP-R002", file=path, why=str(error))) from None
        if crs is None and not own:
            raise GepError(fault("GEP-R010", file=path))
        try:
            grid = cls(crs or own.to_wkt(), tuple(transform)[:6], rows, cols, area)
        except GepError as error:
            raise GepError([_at(f, path) for f in error.faults]) from None
        refuse(check_coordinates(grid.crs, grid.bounds, path))
        return grid

    @classmethod
    def from_spec(
        cls, crs: str, resolution: float | Sequence[float], bounds: Sequence[float], area: str = "projected"
    ) -> Grid:
        """The grid from the upper left corner (bounds[0], bounds[3]) that covers `bounds` (left, bottom, right, top).

        `resolution` in CRS units, one number or (x, y). Where the extent is no multiple of it, the grid reaches over
        the right and lower border. Raises GepError (GEP-R011, GEP-R012, GEP-R014).
        """
        step_x, step_y = (resolution, resolution) if isinstance(resolution, int | float) else resolution
        left, bottom, right, top = (float(v) for v in bounds)
        if not (step_x > 0 and step_y > 0 and right > left and top > bottom):
            raise GepError(fault("GEP-R015", resolution=resolution, bounds=tuple(bounds)))
        # 1e-6 of a pixel: bounds written with rounded decimals must not add a row
        rows, cols = math.ceil((top - bottom) / step_y - 1e-6), math.ceil((right - left) / step_x - 1e-6)
        grid = cls(crs, (step_x, 0.0, left, 0.0, -step_y, top), rows, cols, area)
        refuse(check_coordinates(grid.crs, grid.bounds))
        return grid

    @property
    def bounds(self) -> Bounds:
        """Left, bottom, right, top in CRS units."""
        a, _b, c, _d, e, f = self.transform
        return c, f + e * self.rows, c + a * self.cols, f

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @property
    def is_geographic(self) -> bool:
        """Are the coordinates degrees?"""
        return bool(parse_crs(self.crs).is_geographic)

    @property
    def metres(self) -> float:
        """Metres in one CRS unit (projected CRS only)."""
        return float(parse_crs(self.crs).axis_info[0].unit_conversion_factor)

    def xy(self, row: float | np.ndarray, col: float | np.ndarray) -> tuple[Any, Any]:
        """Centre coordinates of pixels; row − ½, col − ½ give their upper left corners."""
        a, _b, c, _d, e, f = self.transform
        return c + a * (np.asarray(col) + 0.5), f + e * (np.asarray(row) + 0.5)

    def rowcol(self, x: float | np.ndarray, y: float | np.ndarray) -> tuple[Any, Any]:
        """Fractional row and column of points; floor() gives the pixel that holds them."""
        a, _b, c, _d, e, f = self.transform
        return (np.asarray(y) - f) / e, (np.asarray(x) - c) / a

    def window(self, bounds: Sequence[float]) -> Window:
        """The smallest window r0, r1, c0, c1 that covers `bounds`, cut to the grid (empty: r0 == r1 or c0 == c1)."""
        left, bottom, right, top = bounds
        a, _b, c, _d, e, f = self.transform
        r0, r1 = math.floor((top - f) / e + 1e-9), math.ceil((bottom - f) / e - 1e-9)
        c0, c1 = math.floor((left - c) / a + 1e-9), math.ceil((right - c) / a - 1e-9)
        r0, c0 = min(max(r0, 0), self.rows), min(max(c0, 0), self.cols)
        return r0, max(r0, min(r1, self.rows)), c0, max(c0, min(c1, self.cols))

    def bounds_of(self, window: Window) -> Bounds:
        """Left, bottom, right, top of a window."""
        r0, r1, c0, c1 = window
        a, _b, c, _d, e, f = self.transform
        return c + a * c0, f + e * r1, c + a * c1, f + e * r0

    def transform_of(self, window: Window) -> tuple[float, float, float, float, float, float]:
        """The affine transform of a window."""
        a, _b, c, _d, e, f = self.transform
        return a, 0.0, c + a * window[2], 0.0, e, f + e * window[0]

    def tiles(self, r0: int = 0, r1: int | None = None, c0: int = 0, c1: int | None = None) -> Iterator[Window]:
        """The windows into which canonical tile borders cut rows r0..r1, columns c0..c1, row by row."""
        r1, c1 = self.rows if r1 is None else r1, self.cols if c1 is None else c1
        if r0 >= r1 or c0 >= c1:
            return
        for top in range(r0 - r0 % TILE_ROWS, r1, TILE_ROWS):
            for left in range(c0 - c0 % TILE_COLS, c1, TILE_COLS):
                yield max(top, r0), min(top + TILE_ROWS, r1), max(left, c0), min(left + TILE_COLS, c1)

    def tile(self, row: int, col: int) -> Window:
        """The whole canonical tile (cut to the grid) that holds a pixel."""
        r0, c0 = row - row % TILE_ROWS, col - col % TILE_COLS
        return r0, min(r0 + TILE_ROWS, self.rows), c0, min(c0 + TILE_COLS, self.cols)

    def row_area(self) -> np.ndarray:
        """Area of one pixel in each row, float64[rows], m².

        Projected: |a·e|·(metres per unit)², constant. Geographic: the exact area of the ellipsoidal quadrangle.
        Projected with area_mode "geodesic": the map area divided by the areal scale at the pixel centre of the middle
        column; columns off the middle differ by up to `area_spread()` (3° Gauss-Krüger, 100 km wide on the central
        meridian: 6e-5; the same width at the zone's edge: 3e-4).
        """
        return _row_area(self).copy()

    def area_spread(self) -> float:
        """The largest relative difference, over the columns, between a pixel's true area and the one of `row_area()`.

        0 for geographic grids and for area_mode "projected" (where the map plane is the convention).
        """
        if self.is_geographic or self.area_mode == "projected":
            return 0.0
        rows = np.unique(np.linspace(0, self.rows - 1, 9).astype(int))
        middle = _areal_scale(self, rows, (self.cols - 1) / 2)
        sides = [_areal_scale(self, rows, col) for col in (0, self.cols - 1)]
        return float(max(np.max(np.abs(middle / side - 1)) for side in sides))

    def notices(self, file: object = "") -> list[Fault]:
        """What the user should know of this grid: degrees with true areas by row, the geodesic approximation."""
        found = []
        if self.is_geographic:
            area = self.row_area()
            found.append(fault("GEP-R017", file=file, crs=_name(self.crs), first=area[0], last=area[-1]))
        elif self.area_mode == "geodesic":
            found.append(fault("GEP-R018", file=file, crs=_name(self.crs), spread=self.area_spread()))
        return found

    def digest(self) -> str:
        """SHA-256 of CRS, transform, size and area mode."""
        words = repr((self.crs, self.transform, self.rows, self.cols, self.area_mode))
        return hashlib.sha256(words.encode()).hexdigest()


def check_coordinates(crs: str, bounds: Sequence[float], file: object = "") -> list[Fault]:
    """Can these coordinates belong to this CRS? GEP-R011 names the contradiction and the CRS that is likely meant.

    Chinese Gauss-Krüger eastings come with the zone number (EPSG:4527: 39 500 000) and without (EPSG:4548: 500 000);
    degrees get declared as metres and the reverse. PROJ would transform them all without a word, to another continent.
    """
    left, bottom, right, top = (float(v) for v in bounds)
    parsed = parse_crs(crs)
    middle = (left + right) / 2
    x_text, name = f"{middle:,.0f}", _name(crs)
    if not all(math.isfinite(v) for v in (left, bottom, right, top)):
        return [fault("GEP-R011", file=file, crs=name, x=x_text, zh_why="坐标不是有限数", en_why="not finite")]

    def wrong(zh: str, en: str) -> list[Fault]:
        return [fault("GEP-R011", file=file, crs=name, x=x_text, zh_why=zh, en_why=en)]

    if parsed.is_geographic:
        if max(abs(left), abs(right)) > 360.0 or max(abs(bottom), abs(top)) > 180.0:
            return wrong("坐标系以度为单位，坐标却像米", "the CRS is in degrees, the coordinates look like metres")
        if max(abs(bottom), abs(top)) > 90.001:
            return wrong("纬度超过 90 度，经纬度可能颠倒", "latitudes beyond 90: longitude and latitude look swapped")
        return []
    if max(abs(left), abs(right)) <= 180.0 and max(abs(bottom), abs(top)) <= 90.0:
        return wrong("坐标系以米为单位，坐标却像经纬度", "the CRS is in metres, the coordinates look like degrees")
    false_easting = _false_easting(crs)
    if false_easting is None:
        return []
    declared, found = int(false_easting // _ZONE_WIDTH), int(middle // _ZONE_WIDTH)
    if declared == found or not (declared in _ZONES or found in _ZONES):
        return []
    if declared == 0:
        return wrong(
            f"坐标带有带号 {found}，声明的坐标系却不带带号",
            f"they carry zone number {found}, the declared CRS has none",
        )
    if found <= 0:
        return wrong(
            f"声明的坐标系带有带号 {declared}，坐标却不带",
            f"the declared CRS has zone number {declared}, they have none",
        )
    return wrong(
        f"坐标的带号是 {found}，声明的是 {declared}", f"they carry zone number {found}, the declared CRS has {declared}"
    )


@functools.lru_cache(maxsize=64)
def _false_easting(crs: str) -> float | None:
    """The false easting of a transverse Mercator CRS in metres, else None."""
    operation = parse_crs(crs).coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return None
    for parameter in operation.params:
        if parameter.name == "False easting":
            return float(parameter.value) * float(parameter.unit_conversion_factor or 1.0)
    return None


def _name(crs: str) -> str:
    parsed = parse_crs(crs)
    return f"{crs} ({parsed.name})" if crs.startswith("EPSG") else parsed.name


def _at(found: Fault, file: object) -> Fault:
    return replace(found, file=str(file))


@functools.lru_cache(maxsize=16)
def _row_area(grid: Grid) -> np.ndarray:
    a, _b, _c, _d, e, f = grid.transform
    if grid.is_geographic:
        crs = parse_crs(grid.crs)
        radians = float(crs.axis_info[0].unit_conversion_factor)  # radians in one CRS unit
        edges = (f + e * np.arange(grid.rows + 1)) * radians
        if np.any(np.abs(edges) > math.pi / 2 + 1e-9):
            raise GepError(fault("GEP-R011", crs=_name(grid.crs), x=f"{grid.bounds[0]:g}", zh_why="纬度超过 90 度",
                                 en_why="latitudes beyond 90 degrees"))  # fmt: skip
        ellipsoid = crs.ellipsoid
        return _quadrangles(edges, a * radians, ellipsoid.semi_major_metre, ellipsoid.semi_minor_metre)
    plane = abs(a * e) * grid.metres**2
    if grid.area_mode == "projected":
        return np.full(grid.rows, plane)
    return plane / _areal_scale(grid, np.arange(grid.rows), (grid.cols - 1) / 2)


def _quadrangles(edges: np.ndarray, width: float, major: float, minor: float) -> np.ndarray:
    """Area between successive latitudes `edges` (radians) over `width` radians of longitude, m².

    A = b²/2 · Δλ · |q(φ1) − q(φ2)|, q = sin φ/(1 − e² sin² φ) + ln((1 + e sin φ)/(1 − e sin φ))/(2e)
    (Snyder 1987, Map Projections: A Working Manual, eq. 3-12, in terms of the minor axis).
    """
    sine = np.sin(edges)
    squared = 1 - (minor / major) ** 2
    if squared <= 0:  # a sphere
        q = 2 * sine
    else:
        e = math.sqrt(squared)
        q = sine / (1 - squared * sine**2) + np.arctanh(e * sine) / e
    return minor**2 / 2 * width * np.abs(np.diff(q))


def _areal_scale(grid: Grid, rows: np.ndarray, col: float) -> np.ndarray:
    """Map area / ellipsoidal area at pixel centres of one column."""
    x, y = grid.xy(rows, np.full(len(rows), float(col)))
    crs = parse_crs(grid.crs)
    lon, lat = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(x, y)
    return np.asarray(Proj(crs).get_factors(lon, lat).areal_scale, dtype=np.float64)
