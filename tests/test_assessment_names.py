"""The plain functions of `gep.assessment` for notebooks: each name resolves, is told, and comes without the rest."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest

from gep import assessment
from gep.lazy import exported

FAMILIES = re.findall(r"^- [^:]+: ((?:.|\n  )+)", assessment.__doc__, re.M)
LISTED = re.findall(r"[a-z]\w+", " ".join(FAMILIES))


@pytest.mark.parametrize("name", assessment.__all__)
def test_each_name_is_a_function_with_a_docstring(name):
    found = getattr(assessment, name)
    assert callable(found)
    assert (found.__doc__ or "").strip()


def test_what_is_listed_is_there():
    assert sorted(LISTED) == assessment.__all__


def test_no_name_hides_a_module():
    for one in pkgutil.iter_modules(assessment.__path__):
        assert one.name not in assessment.__all__
        assert importlib.import_module(f"gep.assessment.{one.name}").__name__ == f"gep.assessment.{one.name}"


def test_no_such_name():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        assessment.nothing  # noqa: B018
    with pytest.raises(ValueError, match="exported twice"):
        exported("x", {"a": ("one",), "b": ("one: two",)})


def test_the_names_do_what_they_say():
    assert assessment.minmax([1, 3, 2], -1).tolist() == [1, 0, 0.5]
    assert assessment.fund_rate(3, 4) == 0.75
    assert assessment.quadrant(1, 2)[1] == "双增长"
    assert assessment.ranks({"a": 2.0, "b": 3.0, "c": 3.0}) == {"a": 3, "b": 1, "c": 1}
    assert assessment.conversion(10, 6) == (4, 0.4)
    # columns 0,1,1 and 1,0,1 hold the same values in another order: half the weight each
    assert assessment.entropy([[0, 1], [1, 0], [1, 1]]).tolist() == [0.5, 0.5]


def test_importing_it_is_light():
    said = "import sys, gep.assessment; print('pandas' in sys.modules, 'gep.assessment.measures' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]
