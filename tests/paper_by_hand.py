"""A small report written by hand with every kind of block and the names that break things."""

from pathlib import Path

from gep.paper.nouns import Chapter, Document, Equation, Heading, Picture, Rows, Sum, Table, figure, para

TRACE = Rows("ledger", "value")
NAMES = ("垟口街道", "畈源乡", "㙟山镇", "<img src=x onerror=alert(1)>", "=1+1", '#eval("1")', "{{ title }}")
FORMULAS = (
    "V_silt = λ·Q_sr / ρ",
    "G' = 5.256e15·A·H·max(Q − 600, 0)/L",
    "TLI(Σ) = Σ W_j·(a_j + b_j·ln C_j)",
    "not # $ one",
)


def draw(path: Path) -> None:
    """A grey picture, the same each time."""
    from PIL import Image

    Image.new("L", (200, 100), 200).save(path, "PNG")


def number(value: float | None):
    return figure(value, TRACE)


def document(lang: str = "zh", rows: int = 60) -> Document:
    """`rows`: of the long table."""
    names = [*NAMES, *(f"第{n}乡" for n in range(rows - len(NAMES)))]
    long = Table(
        "t1", "各乡镇价值", ("乡镇", "面积（hm²）", "文化（万元）", "合计（万元）"),
        (*((name, number(1234.5 * n), number(None), number(329677.4 * n)) for n, name in enumerate(names, 1)),
         ("合计", number(1e6), number(None), number(2e6))),
        sums=(Sum(len(names), 1, tuple((n, 1) for n in range(len(names)))),), note="… 为缺数",
    )  # fmt: skip
    wide = Table("t2", "系数表", tuple(f"列{n}" for n in range(9)),
                 tuple((f"water_conservation.alpha_{n}", *["针叶林 coniferous"] * 8) for n in range(30)),
                 wide=True)  # fmt: skip
    return Document(
        "z1", NAMES[3], lang, "青山县垟口街道2023年生态产品总值核算报告",
        (
            Chapter("scope", "核算说明", (
                Heading("范围"), para("核算垟口街道、", NAMES[3], "、", NAMES[4], ",面积", number(12345.6), " hm²"),
                Heading("数据", 3), para("第一项", kind="item"), para("小字", kind="note"),
            )),
            Chapter("values", "核算结果", (long, Picture("p1", "变化", 'alt "<&', draw, 15.0), para("末段"))),
            Chapter("methods", "方法", tuple(Equation(f, ("A 面积, hm²",)) for f in FORMULAS)),
            Chapter("a", "系数", (
                Heading("采用"), para("下表"), wide, para("转引", kind="note"), para("正文"),
            ), annex=True),
            Chapter("b", "术语", (para("无"),), annex=True),
        ),
        (("核算地域", NAMES[3]), ("核算期", "2023")),
    )  # fmt: skip
