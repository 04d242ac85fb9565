"""Species conservation, by hand."""

from __future__ import annotations

import battery
import numpy as np
import pytest

from gep import services
from gep.declare import Coefficient

SERVICE = services.registry()["species_conservation"]
PRICES = [3000, 5000, 10_000, 20_000, 30_000, 40_000, 50_000]


def shares(method, index, area=1.0):
    """The area in each of the seven classes."""
    rows = battery.coefficient_rows()
    found = []
    for item in SERVICE.method(method).yields:
        bounds = {
            i.name: float(rows[i.key][0]["value"])
            for i in item.inputs
            if isinstance(i, Coefficient) and i.name != "shannon_index"
        }
        found.append(item.formula(area=area, shannon_index=index, **bounds))
    return np.array(found)


@pytest.mark.parametrize("method", ["shannon", "shannon_by_type"])
def test_classes_by_hand(method):
    # index 0 and 0.99 in class 1 (3000), 1 in 2, 2.5 in 3, 3 in 4, 4.2 in 5, 5.999 in 6, 6 and 9 in 7 (50 000)
    index = np.array([0, 0.99, 1, 2.5, 3, 4.2, 5.999, 6, 9])
    got = shares(method, index, 10.0)
    np.testing.assert_array_equal(got.argmax(axis=0), [0, 0, 1, 2, 3, 4, 5, 6, 6])
    np.testing.assert_array_equal(got.sum(axis=0), 10.0)  # each place in one class, whole
    # 10 hm² each: 10 × (3 + 3 + 5 + 10 + 20 + 30 + 40 + 50 + 50) thousand = 2 110 000 yuan
    assert (got.sum(axis=1) * PRICES).sum() == 2_110_000


@pytest.mark.parametrize("method", ["shannon", "shannon_by_type"])
def test_missing_index_stays_missing(method):
    assert np.isnan(shares(method, np.array([np.nan, 2.5]))[:, 0]).all()


def test_prices_are_unverified_and_in_order():
    rows = battery.coefficient_rows()
    found = [rows[y.price] for y in SERVICE.method("shannon").yields]
    assert [float(r[0]["value"]) for r in found] == PRICES
    assert {r["confidence"] for group in found for r in group} == {"unverified"}


def test_levels():
    assert SERVICE.method("shannon").level == "pixel"  # steps: a mean index is not the mean of the classes
    assert SERVICE.method("shannon_by_type").level == "class"
    assert all(m.types == ("1",) for m in SERVICE.methods if m.id.startswith("shannon"))


def test_irreplaceability_has_no_price():
    (item,) = SERVICE.method("irreplaceability").yields
    assert item.price is None
    assert item.formula(200.0, 0.25) == 50.0  # 200 hm² at an index of 0.25
