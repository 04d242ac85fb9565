"""No rate, weight or threshold stands in the code of compensation, assessment and release: numbers of the syntax trees,
file by file."""

from __future__ import annotations

import ast
from decimal import Decimal
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "gep"
ROOMS = ("compensation", "assessment", "release")
FILES = sorted(p.relative_to(FOLDER).as_posix() for room in ROOMS for p in (FOLDER / room).rglob("*.py"))
# places and signs of arithmetic; months and quarters of a year; fault codes and formats are text; of floats nought and
# one alone
PLAIN = {0, 1, 2, -1, 3, 4, 10, 12}
EXCUSED = {  # what is no rate: how a page is laid out, what a format needs
    "assessment/register_rows.py": {120},  # characters of a sum that is written out
    "assessment/measures/constant_price.py": {100},  # cents of a yuan
    "assessment/monitoring/waters.py": {64},  # things kept in memory
    "release/book.py": {6, 14},  # the row of heads; characters of a head before it is wrapped
    "release/families.py": {14},  # parts of a whole whose breakdowns are looked for
    "release/build.py": {1980},  # the first year that a zip can tell
}


def numbers(source: str) -> list[tuple[int, object]]:
    """Every number of a source that is no plain one: literals, and decimals or fractions made of text."""
    found = []
    tree = ast.parse(source)
    powers = {id(n) for p in ast.walk(tree) if _power(p) for n in ast.walk(p)}
    for node in ast.walk(tree):
        if id(node) in powers:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            if node.value not in ((0, 1) if isinstance(node.value, float) else PLAIN):
                found.append((node.lineno, node.value))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Decimal", "Fraction", "float", "int"):
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            found += [(node.lineno, text) for text in texts if not _plain(text)]
    return found


def _power(node: ast.AST) -> bool:
    """2**n (the slack of binary floats, a prime) or 10**decimals: arithmetic, no quantity of the world."""
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Pow)
        and isinstance(node.left, ast.Constant)
        and (node.left.value == 2 or (node.left.value == 10 and not _number(node.right)))
    )


def _number(node: ast.AST) -> bool:
    return isinstance(getattr(node, "operand", node), ast.Constant)


def _plain(text: str) -> bool:
    try:
        return not Decimal(text).is_finite() or Decimal(text) in PLAIN or text == "0.01"  # the cent
    except ArithmeticError:
        return True


@pytest.mark.parametrize("name", FILES)
def test_no_rate_in_code(name):
    found = numbers((FOLDER / name).read_text("utf-8"))
    assert [one for one in found if one[1] not in EXCUSED.get(name, ())] == []


@pytest.mark.parametrize(
    "planted",
    [
        "x = 0.75 * y",
        "cap = 300",
        "r = Decimal('0.5')",
        "f(50)",
        "k = {'a': 0.25}",
        "y = float('1.5')",
        "x = 10.0**-5",
        "x = 3.5**2",
    ],
)
def test_a_planted_rate_is_found(planted):
    assert numbers(planted)


def test_there_are_files():
    assert all(sum(name.startswith(f"{room}/") for name in FILES) > 10 for room in ROOMS)


@pytest.mark.parametrize("name", sorted(EXCUSED))
def test_nothing_is_excused_that_is_not_there(name):
    assert EXCUSED[name] <= {value for _, value in numbers((FOLDER / name).read_text("utf-8"))}
