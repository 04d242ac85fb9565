"""No rate, weight or threshold stands in the code of compensation: numbers of the syntax trees, file by file."""

from __future__ import annotations

import ast
from decimal import Decimal
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "gep" / "compensation"
FILES = sorted(p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*.py"))
# places and signs of arithmetic; months and quarters of a year; fault codes and formats are text; of floats nought and
# one alone
PLAIN = {0, 1, 2, -1, 3, 4, 10, 12}


def numbers(source: str) -> list[tuple[int, object]]:
    """Every number of a source that is no plain one: literals, and decimals or fractions made of text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            if node.value not in ((0, 1) if isinstance(node.value, float) else PLAIN):
                found.append((node.lineno, node.value))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Decimal", "Fraction", "float", "int"):
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            found += [(node.lineno, text) for text in texts if not _plain(text)]
    return found


def _plain(text: str) -> bool:
    try:
        return not Decimal(text).is_finite() or Decimal(text) in PLAIN or text == "0.01"  # the cent
    except ArithmeticError:
        return True


@pytest.mark.parametrize("name", FILES)
def test_no_rate_in_code(name):
    assert numbers((FOLDER / name).read_text("utf-8")) == []


@pytest.mark.parametrize(
    "planted", ["x = 0.75 * y", "cap = 300", "r = Decimal('0.5')", "f(50)", "k = {'a': 0.25}", "y = float('1.5')"]
)
def test_a_planted_rate_is_found(planted):
    assert numbers(planted)


def test_there_are_files():
    assert len(FILES) > 10
