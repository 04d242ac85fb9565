"""Random plans for the pass, and an oracle that shares no code with it: dense shapely shares, plain numpy float64."""

from dataclasses import dataclass

import numpy as np
import shapely

from gep.intake.grid import Grid
from gep.intake.memory import ArrayReader, ArrayTypes
from gep.zonal.plan import Group, Node, PassPlan
from gep.zonal.shares import polygon_shares

STEP = 30.0


def product(a, b):
    return a * b


def remainder(a, share):
    return a * (1 - share)


def ratio(a, b, scale):
    return scale * a / b


def root(a):
    return np.sqrt(np.exp(a / (1 + np.abs(a))))


def floor_at_zero(a, b):
    return np.maximum(a - b, 0)


def monthly(cube, weight):
    return np.sum(cube, axis=0) * weight


NODES = (
    Node("product", product, (("a", ("layer", "x")), ("b", ("layer", "y")))),
    Node("kept", remainder, (("a", ("node", "product")), ("share", ("lut", None)))),
    Node("ratio", ratio, (("a", ("layer", "y")), ("b", ("layer", "z")), ("scale", ("const", 3.5)))),
    Node("root", root, (("a", ("layer", "z")),)),
    Node("floored", floor_at_zero, (("a", ("layer", "x")), ("b", ("layer", "z")))),
)


@dataclass
class Case:
    plan: PassPlan
    polygons: list
    types: np.ndarray
    layers: dict


def polygons(rng, rows, cols, n):
    found = []
    for _ in range(n):
        k = rng.integers(3, 12)
        angle = np.sort(rng.uniform(0, 2 * np.pi, k))
        radius = rng.uniform(0.2, 1, k) * max(rows, cols) * rng.uniform(0.05, 0.6)
        x, y = rng.uniform(0, cols), rng.uniform(0, rows)
        found.append(shapely.make_valid(shapely.Polygon(np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)])))
    found.append(shapely.Polygon())  # a zone without area
    found.append(found[0])  # and one that overlaps another
    return found


def case(seed, rows=41, cols=57, n_types=5, n_zones=5, crs="EPSG:4527", holes=True):
    rng = np.random.default_rng(seed)
    geographic = crs == "EPSG:4326"
    step, x0, y0 = (0.01, 110.0, 35.0) if geographic else (STEP, 39_500_000.0, 3_500_000.0)
    grid = Grid(crs, (step, 0, x0, 0, -step, y0), rows, cols)
    shapes = polygons(rng, rows, cols, n_zones)
    on_map = [shapely.affinity.affine_transform(p, [step, 0, 0, -step, x0, y0]) for p in shapes]
    types = np.repeat(rng.integers(0, n_types, (rows, -(-cols // 3))), 3, axis=1)[:, :cols].astype(np.uint8)
    types[rng.random((rows, cols)) < 0.05] = 255
    layers = {k: rng.normal(m, s, (rows, cols)) for k, m, s in (("x", 900, 300), ("y", 0.02, 1), ("z", -4, 1e-3))}
    if holes:
        for k, share in (("x", 0.1), ("y", 0.02), ("z", 0.3)):
            layers[k][rng.random((rows, cols)) < share] = np.nan
        layers["y"][rng.random((rows, cols)) < 0.01] = np.inf
    share = rng.uniform(0, 1, n_types)
    share[-1] = np.nan  # a type for which the table has no number
    nodes = tuple(
        Node(n.name, n.function, tuple((a, ("lut", share) if r[0] == "lut" else r) for a, r in n.args)) for n in NODES
    )
    some = tuple(bool(b) for b in rng.random(n_types) < 0.6)
    groups = (
        Group("one", ("x",)), Group("two", ("x", "kept"), some), Group("three", ("ratio", "root", "floored")),
        Group("bare", (), some), Group("four", ("y", "z", "x"), (True,) * n_types),
    )  # fmt: skip
    readers = {k: ArrayReader(k, v, "1") for k, v in layers.items()}
    plan = PassPlan(
        grid, ArrayTypes(types, [str(t) for t in range(n_types)]), readers, nodes, groups, polygon_shares(on_map, grid)
    )
    return Case(plan, shapes, types, layers)


def oracle(c):
    """(group, term) → (sums, sums of magnitudes), float64[n_zones, n_types] each, by dense shares."""
    plan, layers = c.plan, dict(c.layers)
    rows, cols = c.types.shape
    cells = np.array([[shapely.box(j, i, j + 1, i + 1) for j in range(cols)] for i in range(rows)])
    share = np.array([shapely.area(shapely.intersection(cells, p)) for p in c.polygons])
    share = share * plan.grid.row_area()[None, :, None]
    with np.errstate(all="ignore"):
        for node in plan.nodes:
            args = {}
            for name, (kind, value) in node.args:
                if kind == "lut":
                    args[name] = np.append(value, np.full(256 - len(value), np.nan))[c.types]
                else:
                    args[name] = value if kind == "const" else layers[value]
            layers[node.name] = node.function(**args)
    found = {}
    for group in plan.groups:
        valid = c.types != 255
        for term in group.terms:
            valid = valid & np.isfinite(layers[term])
        for term in ("", *group.terms):
            out = np.zeros((2, len(c.polygons), plan.n_types))
            for t in range(plan.n_types):
                if group.types is None or group.types[t]:
                    at = valid & (c.types == t)
                    values = layers[term][at] if term else 1.0
                    out[0, :, t] = (share[:, at] * values).sum(axis=1)
                    out[1, :, t] = (share[:, at] * np.abs(values)).sum(axis=1)
            found[group.id, term] = out
    return found


def same_bits(one, other):
    a, b = one.limbs(), other.limbs()
    return a.keys() == b.keys() and all(x.tobytes() == y.tobytes() for k in a for x, y in zip(a[k], b[k], strict=True))
