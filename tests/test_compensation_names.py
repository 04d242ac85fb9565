"""The plain functions of `gep.compensation` for notebooks: each name resolves, is told, and comes without the rest."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal

import pytest

from gep import compensation


@pytest.mark.parametrize("name", compensation.__all__)
def test_each_name_is_a_function_with_a_docstring_and_is_listed(name):
    found = getattr(compensation, name)
    assert callable(found)
    assert (found.__doc__ or "").strip()
    families = re.findall(r"^- [^:]+: ((?:.|\n  )+)", compensation.__doc__, re.M)
    listed = re.findall(r"[a-z]\w+", re.sub(r"\(.*?\)", "", " ".join(families)))
    assert listed.count(name) == 1


def test_what_is_listed_is_there():
    families = re.findall(r"^- [^:]+: ((?:.|\n  )+)", compensation.__doc__, re.M)
    listed = re.findall(r"[a-z]\w+", re.sub(r"\(.*?\)", "", " ".join(families)))
    assert sorted(listed) == compensation.__all__


def test_no_such_name():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        compensation.nothing  # noqa: B018


def test_the_names_do_what_they_say():
    assert compensation.payout(e=0.6, rate=2, cap=10, width=0.5) == 4  # two steps of 0.5 begun, 2 each
    assert compensation.heze(20, 1.0) == 35  # (30 − 20)·2 + (1.5 − 1)·30
    assert compensation.rank_share(Decimal("94.5"), (0.4, 0.3, 0.2, 0.1))[0] == Decimal("37.80")
    assert compensation.p_index([1, 1], [1, 1], [0.5, 0.5], 0.85) == Decimal("0.85")


def test_importing_it_is_light():
    """No table library comes with the package itself."""
    said = "import sys, gep.compensation; print('pandas' in sys.modules, 'gep.compensation.rules' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]
