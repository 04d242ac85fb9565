"""The land of the synthetic county: townships, land cover at three dates, relief, soil. Seeded; nothing real in it.

Everything is drawn on one 30 m grid of the fictional county; `make_sample.py` writes the files. Arrays are
(rows, cols), north up; lengths in metres; coordinates in the metres of EPSG:4527.
"""

from __future__ import annotations

import numpy as np
import shapely
from scipy import ndimage
from shapely.geometry import LineString, Point, Polygon

CRS = "EPSG:4527"  # CGCS2000 / 3-degree Gauss-Kruger zone 39: eastings carry the zone number
ROWS, COLS, CELL = 900, 1100, 30.0
LEFT, TOP = 39_441_000.0, 3_741_000.0
CROP, FOREST, SHRUB, GRASS, WATER, BARREN, BUILT, WETLAND = 1, 2, 3, 4, 5, 7, 8, 9  # CLCD
PADDY, IRRIGATED, ORCHARD = 1, 2, 3  # crops_{year}.tif
RIVER, POND, DITCH, LAKE = 1, 2, 3, 4  # waters_{year}.tif
SCENE = 880  # column where another satellite scene begins in 2017, one pixel off
NAMES = (
    "城关街道", "城东街道", "垟口街道", "溪岗乡", "柳堤镇", "双沟镇", "大杨集镇", "石桥镇", "白马庙乡", "青涧镇",
    "古寨镇", "龙湾乡", "高庄镇", "芦塘乡", "五里铺镇", "沙河镇", "孙楼乡", "魏岗镇", "桃园镇", "张桥乡", "十河镇",
    "南湖镇", "槐林乡", "牛市集镇", "颜渡镇",
)  # fmt: skip


def noise(rng: np.random.Generator, sigma: float, shape: tuple[int, int] = (ROWS, COLS)) -> np.ndarray:
    """Smooth noise of mean 0 and standard deviation 1, correlated over `sigma` cells."""
    field = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="reflect")
    return (field - field.mean()) / field.std()


def to_xy(row: np.ndarray, col: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return LEFT + (np.asarray(col) + 0.5) * CELL, TOP - (np.asarray(row) + 0.5) * CELL


def outline(rng: np.random.Generator) -> Polygon:
    """The county: a smooth closed curve well inside the grid."""
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    radius = np.ones_like(angle)
    for k in range(2, 8):
        radius += rng.normal(0, 0.10 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    x = LEFT + COLS * CELL / 2 + 14_300 * radius * np.cos(angle)
    y = TOP - ROWS * CELL / 2 + 11_600 * radius * np.sin(angle)
    return Polygon(np.column_stack([x, y]))


def sites(rng: np.random.Generator, county: Polygon) -> np.ndarray:
    """One seat a township, evenly spread (Lloyd's relaxation, stopped early so that areas differ)."""
    x0, y0, x1, y1 = county.bounds
    trial = np.column_stack([rng.uniform(x0, x1, 400), rng.uniform(y0, y1, 400)])
    inside = trial[shapely.contains_xy(county, trial[:, 0], trial[:, 1])]
    seat = inside[: len(NAMES)]
    for _ in range(4):
        nearest = ((inside[:, None, :] - seat[None]) ** 2).sum(-1).argmin(1)
        seat = np.array([inside[nearest == k].mean(0) if (nearest == k).any() else seat[k] for k in range(len(seat))])
    return seat


def wander(rng: np.random.Generator, a: tuple[float, float], b: tuple[float, float]) -> np.ndarray:
    """A border from a to b that wanders like a ditch does (midpoint displacement)."""
    points = np.array([a, b])
    for _ in range(int(np.clip(np.log2(np.hypot(*(points[1] - points[0])) / 120), 0, 6))):
        step = points[1:] - points[:-1]
        normal = np.column_stack([-step[:, 1], step[:, 0]])
        middle = (points[1:] + points[:-1]) / 2 + normal * rng.uniform(-0.11, 0.11, (len(step), 1))
        merged = np.empty((len(points) + len(middle), 2))
        merged[0::2], merged[1::2] = points, middle
        points = merged
    return points


def townships(rng: np.random.Generator) -> tuple[list[Polygon], np.ndarray]:
    """25 polygons that share their borders vertex by vertex, and their seats (x, y), in one order."""
    county = outline(rng)
    seat = sites(rng, county)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(seat), extend_to=county.buffer(5_000))
    edges = {
        tuple(sorted((tuple(np.round(p, 3)), tuple(np.round(q, 3)))))
        for cell in cells.geoms
        for p, q in zip(cell.exterior.coords[:-1], cell.exterior.coords[1:], strict=True)
    }
    lines = [LineString(wander(rng, a, b)) for a, b in sorted(edges)]
    # noded as a whole, then cut: clipping line by line would leave ends that miss the outline by a rounding error
    pieces = list(shapely.polygonize([shapely.unary_union([*lines, county.exterior])]).geoms)
    pieces = [p for p in pieces if county.contains(p.representative_point())]
    pieces = [Polygon(np.round(np.array(p.exterior.coords), 2)) for p in pieces]
    if len(pieces) != len(seat):
        raise RuntimeError(f"{len(pieces)} pieces from {len(seat)} seats: choose another seed")
    owner = [next(i for i, s in enumerate(seat) if piece.contains(Point(s))) for piece in pieces]
    centre = np.array(county.centroid.coords[0])
    order = np.argsort(((seat - centre) ** 2).sum(1))  # the three sub-districts are the town in the middle
    return [pieces[owner.index(i)] for i in order], seat[order]


def river(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the river's centre line and its half width at the nearest point (both metres)."""
    t = np.linspace(0, 1, 4000)
    col = -20 + t * (COLS + 40)
    row = 200 + 430 * t + 55 * np.sin(2 * np.pi * 2.3 * t + 0.6) + 28 * np.sin(2 * np.pi * 5.9 * t + 2.1)
    row += 9 * np.sin(2 * np.pi * 14.7 * t + rng.uniform(0, 6))
    mark = np.ones((ROWS, COLS), bool)
    inside = (row >= 0) & (row < ROWS) & (col >= 0) & (col < COLS)
    mark[row[inside].astype(int), col[inside].astype(int)] = False
    distance = ndimage.distance_transform_edt(mark) * CELL
    return distance, np.maximum(62 + 18 * noise(rng, 60), 46.0)


def ditches(rng: np.random.Generator) -> np.ndarray:
    """Main ditches: slightly turned straight lines every 2–3 km, one pixel wide, with gaps."""
    drawn = np.zeros((ROWS, COLS), bool)
    rows, cols = np.mgrid[0:ROWS, 0:COLS]
    u = cols * np.cos(0.14) + rows * np.sin(0.14)
    v = -cols * np.sin(0.14) + rows * np.cos(0.14)
    for axis, along, spacing in ((u, v, 96), (v, u, 78)):
        position = axis.min() + 40
        while position < axis.max():
            bend = 3.0 * np.sin(along / 130 + rng.uniform(0, 6))
            gaps = np.sin(along / rng.uniform(25, 60) + rng.uniform(0, 6)) > -0.75
            drawn |= (np.abs(axis + bend - position) < 0.62) & gaps
            position += spacing * rng.uniform(0.7, 1.35)
    return drawn


def settlements(rng: np.random.Generator, seat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth inside the nearest settlement (m, < 0 outside), its growth (m/a), middles of the villages (row, col)."""
    depth = np.full((ROWS, COLS), -9e3)
    growth = np.zeros((ROWS, COLS))
    seat_row, seat_col = (TOP - seat[:, 1]) / CELL, (seat[:, 0] - LEFT) / CELL
    places = [
        (r, c, 1350.0 if i == 0 else 780.0 if i < 3 else rng.uniform(260, 460), rng.uniform(9, 16))
        for i, (r, c) in enumerate(zip(seat_row, seat_col, strict=True))
    ]
    taken = [(r, c, s / CELL + 16) for r, c, s, _ in places]
    for _ in range(5200):
        r, c, size = rng.uniform(6, ROWS - 6), rng.uniform(6, COLS - 6), rng.gamma(6, 22) + 45
        if all((r - a) ** 2 + (c - b) ** 2 > (size / CELL + gap) ** 2 for a, b, gap in taken):
            places.append((r, c, size, rng.choice([0.0, 2.0, 5.0, 9.0], p=[0.45, 0.3, 0.17, 0.08])))
            taken.append((r, c, size / CELL + 12))
    rough = noise(rng, 2.2) * 34 + noise(rng, 7) * 22
    for r, c, size, rate in places:
        reach = int(size / CELL * 1.8) + 6
        r0, r1, c0, c1 = (
            max(0, int(r) - reach),
            min(ROWS, int(r) + reach),
            max(0, int(c) - reach),
            min(COLS, int(c) + reach),
        )
        rows, cols = np.mgrid[r0:r1, c0:c1]
        long, turn = rng.uniform(0.7, 1.0), rng.normal(0.14, 0.08)
        du = (cols - c) * np.cos(turn) + (rows - r) * np.sin(turn)
        dv = (rows - r) * np.cos(turn) - (cols - c) * np.sin(turn)
        # between a circle and a rectangle: villages of the plain are blocks of lanes
        local = size - CELL * ((np.abs(du) * long) ** 3.2 + np.abs(dv / long) ** 3.2) ** (1 / 3.2)
        here = depth[r0:r1, c0:c1]
        nearer = local > here
        here[nearer] = local[nearer]
        growth[r0:r1, c0:c1][nearer] = rate
    return depth + np.where(depth > -400, rough, 0), growth, np.array([p[:2] for p in places[len(seat) :]])


def ponds(rng: np.random.Generator, villages: np.ndarray) -> np.ndarray:
    """Pond depth field: positive inside a pond, larger for older ponds (a threshold dates them)."""
    field = np.zeros((ROWS, COLS))
    for r, c in villages[rng.random(len(villages)) < 0.55]:
        r, c = r + rng.normal(0, 7), c + rng.normal(0, 7)
        half = rng.uniform(1.0, 3.2)
        rows, cols = np.mgrid[max(0, int(r) - 6) : min(ROWS, int(r) + 7), max(0, int(c) - 6) : min(COLS, int(c) + 7)]
        if rows.size:
            field[rows, cols] = np.maximum(field[rows, cols], half - np.hypot(rows - r, (cols - c) * 0.8))
    return field


def land(rng: np.random.Generator, seat: np.ndarray) -> dict[str, np.ndarray]:
    """Everything about the surface: land cover, crops and waters of all dates, DEM (m), soil texture patches."""
    to_river, half_width = river(rng)
    ditch = ditches(rng)
    built, growth, villages = settlements(rng, seat)
    pond = ponds(rng, villages)
    rows, cols = np.mgrid[0:ROWS, 0:COLS]
    hill = np.exp(-(((rows - 190) / 70.0) ** 2 + ((cols - 800) / 105.0) ** 2))  # one low ridge in the north-east
    # a subsidence lake in the south-west
    lake = np.hypot((rows - 640) / 36.0, (cols - 360) / 62.0) + 0.16 * noise(rng, 8)
    fine, middle, wide = noise(rng, 1.4), noise(rng, 6), noise(rng, 30)
    road = np.abs(rows - 470 + 0.22 * (cols - 550) + 10 * np.sin(cols / 120)) < 1.1
    road |= np.abs(cols - 610 - 0.1 * rows) < 1.1

    out: dict[str, np.ndarray] = {}
    # nothing is drawn in here: one date does not shift another
    for year, age in ((2017, -3.0), (2020, 0.0), (2023, 3.0)):
        cover = np.full((ROWS, COLS), CROP, np.uint8)
        village = built + growth * age
        # trees around houses, belts along the river and the ditches, woods on the ridge
        cover[(village > -75) & (village <= 0) & (fine + 0.4 * middle > 1.05 - 0.02 * age)] = FOREST
        cover[(to_river < 330) & (to_river > half_width) & (middle > 0.62 - 0.05 * age)] = FOREST
        cover[(ndimage.binary_dilation(ditch, iterations=1)) & (wide + 0.5 * middle > 0.75 - 0.05 * age)] = FOREST
        cover[(hill > 0.30) & (middle + 4 * hill > 1.25 - 0.04 * age)] = FOREST
        cover[(hill > 0.24) & (hill <= 0.45) & (middle > 0.9)] = SHRUB
        cover[(hill > 0.16) & (hill <= 0.33) & (fine > 1.25)] = GRASS
        cover[(to_river < 210) & (to_river > half_width) & (middle < -1.15)] = GRASS  # flood banks
        cover[(wide > 2.05) & (fine > 1.6)] = BARREN
        cover[(lake < 1.28) & (lake >= 1.0) & (middle > -0.5 + 0.04 * age)] = WETLAND
        cover[road | (village > 0)] = BUILT
        water = np.zeros((ROWS, COLS), np.uint8)
        water[ditch & (to_river > 0) & (village < 60)] = DITCH
        water[pond > 0.35 - 0.06 * age] = POND
        water[lake < 1.0 + 0.008 * age] = LAKE
        water[to_river <= half_width] = RIVER
        cover[water > 0] = WATER
        cover[road & (water == DITCH)] = BUILT  # culverts
        water[cover != WATER] = 0
        out[f"landcover_{year}"], out[f"waters_{year}"] = cover, water
        out[f"crops_{year}"] = crops(cover, to_river, rows, cols, age, seed=5)
    near = np.exp(-((to_river / 500.0) ** 2))
    relief = 33 - 13 * (0.35 * rows / ROWS + 0.65 * cols / COLS) + 1.1 * wide + 0.22 * noise(rng, 9)
    relief += 17 * hill * (1 + 0.10 * middle) + 1.2 * near
    relief -= 4.5 * (to_river <= half_width) + 0.9 * ditch + 3 * (lake < 1.0)
    out["dem"] = np.round(np.clip(ndimage.gaussian_filter(relief, 1.0), 10, 45), 1).astype(np.float32)
    out["to_river"], out["hill"] = to_river, hill
    return out


def crops(
    cover: np.ndarray, to_river: np.ndarray, rows: np.ndarray, cols: np.ndarray, age: float, seed: int
) -> np.ndarray:
    """Paddy, irrigated land and orchards inside cropland, plot by plot (about 240 m × 180 m); 0 elsewhere."""
    rng = np.random.default_rng(seed)  # the same plots in both years: only their use moves
    u, v = cols * np.cos(0.14) + rows * np.sin(0.14), rows * np.cos(0.14) - cols * np.sin(0.14)
    plot_u, plot_v = ((u - u.min()) / 8).astype(int), ((v - v.min()) / 6).astype(int)
    shape = (plot_u.max() + 1, plot_v.max() + 1)
    use, patch = rng.random(shape), noise(rng, 4, shape)
    draw, patch = use[plot_u, plot_v], patch[plot_u, plot_v]
    out = np.where(draw < 0.58 + 0.1 * (patch > 0), IRRIGATED, 0)
    out[(to_river < 3600) & (cols > 520) & (rows > 380) & (draw < 0.62) & (patch > -0.4)] = PADDY
    out[(patch > 1.45 - 0.05 * age) & (draw > 0.35 - 0.03 * age)] = ORCHARD
    return np.where(cover == CROP, out, 0).astype(np.uint8)


def earlier(rng: np.random.Generator, land: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], ...]:
    """The classes of 2017 as they were, and as the satellite product shows them.

    As they were: hamlets since moved away and their ground reclaimed, woods since cleared. As shown: one pixel in 800
    of the fields is mistaken, and east of a scene's edge everything lies one pixel too far east.
    """
    true = {name: land[f"{name}_2017"].copy() for name in ("landcover", "crops", "waters")}
    fields = (true["landcover"] == CROP) & (land["landcover_2020"] == CROP)
    rows, cols = np.nonzero(fields)
    for kind, count in ((BUILT, 45), (FOREST, 40)):
        for at in rng.integers(0, len(rows), count):
            r, c, half = rows[at], cols[at], rng.uniform(1.8, 3.6)
            y, x = np.mgrid[max(0, r - 5) : min(ROWS, r + 6), max(0, c - 5) : min(COLS, c + 6)]
            near = (np.hypot(y - r, (x - c) * 0.8) < half) & fields[y, x]
            true["landcover"][y[near], x[near]] = kind
    true["crops"][true["landcover"] != CROP] = 0
    shown = {name: data.copy() for name, data in true.items()}
    draw = rng.random((ROWS, COLS))
    wrong = (shown["landcover"] == CROP) & (draw < 1 / 800)
    wood = np.where(draw[wrong] < 1 / 1200, FOREST, BARREN)
    shown["landcover"][wrong] = np.where(draw[wrong] < 1 / 2000, GRASS, wood)
    shown["crops"][wrong] = 0
    for data in shown.values():
        data[:, SCENE + 1 :] = data[:, SCENE:-1].copy()
    return true, shown


def soil(
    rng: np.random.Generator, shape: tuple[int, int], hill: np.ndarray, near_river: np.ndarray
) -> dict[str, np.ndarray]:
    """Sand, silt, clay (whole %, summing to 100) and organic carbon (%, two decimals) in patches.

    Three soils of the plain: sandy fluvo-aquic near the river, loamy fluvo-aquic, and clayey Shajiang black soil.
    """
    sandy = near_river + 0.28 * noise(rng, 5, shape) > 0.62
    black = (noise(rng, 11, shape) > 0.25) & ~sandy
    sand = np.where(sandy, 52, np.where(black, 22, 36)) + 3.5 * noise(rng, 2, shape) + 8 * hill
    clay = np.where(sandy, 12, np.where(black, 31, 20)) + 2.0 * noise(rng, 2, shape)
    carbon = np.where(sandy, 0.62, np.where(black, 1.18, 0.92)) + 0.08 * noise(rng, 2, shape)
    sand, clay = np.round(sand).astype(np.uint8), np.round(clay).astype(np.uint8)
    return {
        "sand": sand,
        "clay": clay,
        "silt": (100 - sand - clay).astype(np.uint8),
        "organic_carbon": np.round(carbon, 2).astype(np.float32),
    }
