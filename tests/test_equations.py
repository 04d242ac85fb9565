"""Formulas in the linear notation: their trees, and the same formula in Word, LaTeX and Typst."""

import importlib
import inspect
import pkgutil
import re

import pytest
from lxml import etree

from gep import fields, services
from gep.paper import latex, omml, typst_math
from gep.paper.equations import (
    Call,
    Frac,
    Group,
    Name,
    NotAFormula,
    Num,
    Op,
    Root,
    Row,
    Sub,
    Sum,
    Sup,
    Words,
    parse,
    tree,
)
from gep.paper.first_line import of_line

Q, A, N = Name("Q"), Name("A"), Name("N")


def row(*items):
    return Row(items)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q_sr", Sub(Q, Words("sr"))),
        ("X2", Sub(Name("X"), Num("2"))),
        ("Q_ij", Sub(Q, Name("ij"))),
        ("b_k−1", Sub(Name("b"), row(Name("k"), Op("−"), Num("1")))),
        ("r_j²", Sup(Sub(Name("r"), Name("j")), Num("2"))),
        ("A^b", Sup(A, Name("b"))),
        ("(1+r)^−n", Sup(Group("(", row(Num("1"), Op("+"), Name("r")), ")"), row(Op("−"), Name("n")))),
        # a tight slash takes the factor before it, a spaced one the product
        ("A·N/R", row(A, Op("·"), Frac(N, Name("R")))),
        ("A·N / R", Frac(row(A, Op("·"), N), Name("R"))),
        ("A + N / R", row(A, Op("+"), Frac(N, Name("R")))),
        ("A·(44/12)", row(A, Op("·"), Group("(", Frac(Num("44"), Num("12")), ")"))),
        # a sum runs to the end of its product, or to a slash before another sum
        ("Σ_k w_k·A", Sum(Name("k"), row(Sub(Name("w"), Name("k")), Op("·"), A))),
        ("Σ v·A / Σ A", Frac(Sum(None, row(Name("v"), Op("·"), A)), Sum(None, A))),
        ("Σ = 0", row(Name("Σ"), Op("="), Num("0"))),
        ("max(Q − 600, 0)", Call(Name("max"), Group("(", row(Q, Op("−"), Num("600"), Op(","), Num("0")), ")"))),
        ("[A < N]", Group("[", row(A, Op("<"), N), "]")),
        ("√(A)", Root(Group("(", A, ")"))),
        ("K'", Name("K'")),
        ("C'_k", Sub(Name("C'"), Name("k"))),
        ("V = output − net inputs", row(Name("V"), Op("="), Name("output"), Op("−"), Words("net inputs"))),
        ("ΔL", row(Name("Δ"), Name("L"))),
        ("I* − A", row(Sup(Name("I"), Op("*")), Op("−"), A)),
        ("税额 = 面积 × t", row(Words("税额"), Op("="), Words("面积"), Op("×"), Name("t"))),
    ],
)  # fmt: skip
def test_a_formula_is_read_as_its_tree(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["", "a = (b", "`code`", "@", "Q_ = 1"])
def test_what_is_no_formula_is_refused_and_shown_as_words(text):
    with pytest.raises(NotAFormula):
        parse(text)
    assert tree(text) == Words(text)


def said(text: str) -> str:
    """The symbols of a source in order: without blanks, marks of the notation and round brackets."""
    text = text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+−")).replace("'", "′").replace("-", "−")
    text = re.sub(r"(\d)e(\d)", r"\1×10\2", text)
    return re.sub(r"[\s_^/÷()]", "", text)


def visible(text: str) -> str:
    return re.sub(r"[\s()]", "", omml.visible(etree.fromstring(omml.math(text))))


def service_lines():
    found = {}
    for service in services.registry().values():
        for method in service.methods:
            for item in method.yields:
                found[(inspect.getdoc(item.formula) or "").partition("\n")[0]] = f"{service.id}.{item.id}"
    return found


def test_every_formula_of_a_service_is_read_and_word_shows_its_symbols_in_order():
    shown = 0
    for line, where in service_lines().items():
        formula, after = of_line(line)
        if not formula:
            assert "=" not in line.partition(". ")[0], where
            continue
        assert formula in line, where
        assert not after or after in line, where
        assert visible(formula) == said(formula), where
        assert latex.linear(parse(formula)).replace(" ", "") == re.sub(r"\s", "", formula), where
        shown += 1
    assert shown > 60


def other_formulas():
    from gep.assessment import measure
    from gep.compensation import rules

    for one in measure.registry().values():
        yield one.id, one.formula
    for module in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}."):
        for one in getattr(importlib.import_module(module.name), "RULES", ()):
            yield one.id, one.formula
    for field in fields.registry().values():
        for method in field.methods:
            for name in method.__dataclass_fields__:
                if callable(getattr(method, name)):
                    formula = of_line((inspect.getdoc(getattr(method, name)) or "").partition("\n")[0])[0]
                    if formula:
                        yield f"{field.id}.{method.id}", formula


def test_formulas_of_rules_measures_and_fields_never_fail_and_lose_nothing():
    unread = []
    for where, formula in other_formulas():
        assert visible(formula) == said(formula) or tree(formula) == Words(formula), where
        if isinstance(tree(formula), Words) and "=" in formula:
            unread.append(where)
    assert unread == []


@pytest.mark.parametrize(
    ("line", "formula", "after"),
    [
        ("Q_N = Q_sr·C_N. C_N total nitrogen.", "Q_N = Q_sr·C_N", "C_N total nitrogen."),
        ("V = A·p: A area sold, p premium; yuan/a.", "V = A·p", "A area sold, p premium; yuan/a"),
        ("E_h: electricity, kWh/a. Source: 白玛 2017 (V = E_h·P).", "", None),
        ("As `daily` with SD = 1: for places without snow.", "", None),
        ("ET/P = 1 + φ, φ = ET0/P (Zhang et al. 2001).", "ET/P = 1 + φ, φ = ET0/P", ""),
        ("V = a − b, yuan/a (净产值). Source: x.", "V = a − b", "yuan/a (净产值). Source: x."),
    ],
)
def test_the_formula_of_a_docstrings_first_line(line, formula, after):
    assert of_line(line)[0] == formula
    assert of_line(line)[1] == (line if after is None else after)


def test_latex_and_typst_of_hand_made_formulas():
    assert latex.math("V_silt = λ·Q_sr / ρ") == (
        r"V_{\text{silt}} = \frac{\lambda \cdot Q_{\text{sr}}}{\rho }"
    )  # fmt: skip
    assert latex.math("50 % of {x}_#") == r"\text{50 \% of \{x\}\_\#}"
    assert typst_math.math("A·N/R") == "A · frac(N, R)"
    assert typst_math.math('#eval("1")') == r'upright("#eval(\"1\")")'


def test_word_equations_hold_fractions_scripts_sums_and_roots_as_such():
    def tags(text):
        return [e.tag.rpartition("}")[2] for e in etree.fromstring(omml.math(text)).iter()]

    assert tags("a/b").count("f") == 1
    assert tags("r_j²").count("sSubSup") == 1
    assert tags("Σ_k w_k").count("nary") == 1
    assert tags("√(a)").count("rad") == 1
    assert tags("(a)").count("d") == 1
    assert omml.visible(etree.fromstring(omml.math('<img src=x> & "y"'))) == '<img src=x> & "y"'
