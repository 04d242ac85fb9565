"""What declarations show of themselves in a notebook: a service, a rule, a rate. All HTML is made by gep.showing."""

from __future__ import annotations

import inspect
from typing import Any

from gep import showing
from gep.showing import bar, block, facts, table

_KINDS = {"regulating": "调节服务", "provisioning": "物质供给", "cultural": "文化服务"}


def of_rule(rule: Any) -> str:
    """A rule: formula, where it stands, what it reads and looks up, choices, what is promised of it."""
    term = "–".join(str(d or "") for d in (rule.valid_from, rule.valid_to))
    read = "" if rule.verified else "；条文未核对原文 text not read"
    lines = [
        ("公式 formula", rule.formula),
        ("依据 source", f"{rule.source} {rule.clause}{read}"),
        ("有效期 in force", "未载明 not stated" if term == "–" else term),
        ("表 tables", "；".join(f"{t.role} {t.zh} {t.en}" + ("" if t.required else "（可缺 optional）")
                               for t in rule.tables)),
        ("费率 rates", "；".join(f"{t.symbol} [{t.unit}] {t.zh} {t.en}" for t in rule.terms)),
        ("选项 options", "；".join(f"{o.id}: {', '.join(o.values)}" + (f" = {o.default}" if o.default else "")
                                 for o in rule.options)),
        ("不变量 invariants", "、".join(rule.holds)),
        ("说明 note", " / ".join(filter(None, (rule.note_zh, rule.note_en)))),
    ]  # fmt: skip
    return block(facts([(k, v) for k, v in lines if v], f"{rule.zh} {rule.en} · {rule.id}"))


def of_rate(rate: Any) -> str:
    """A rate: value and unit, band, document and article, the days it is in force, its grade."""
    value = showing.MISSING if rate.value is None else f"{rate.value} {rate.unit}"
    ends = [showing.MISSING if day is None else str(day) for day in (rate.valid_from, rate.valid_to)]
    band = "" if rate.over is None and rate.upto is None else f"{rate.over if rate.over is not None else '−∞'} … " \
        f"{rate.upto if rate.upto is not None else '∞'}"  # fmt: skip
    lines = [
        ("值 value", value), ("档 band", band), ("方案 scheme", rate.scheme), ("地区 region", rate.region),
        ("文件 document", f"{rate.authority} {rate.document} {rate.article}".strip() or showing.MISSING),
        ("有效期 in force", " – ".join(ends)), ("可信度 grade", bar({rate.confidence: 1.0})), ("说明 note", rate.note),
    ]  # fmt: skip
    title = " · ".join(filter(None, (rate.symbol, rate.key, rate.tier, rate.id)))
    return block(facts([(k, v) for k, v in lines if v], title))


def of_service(service: Any) -> str:
    """A service: its methods, what each yields, by which formula, from which inputs, at which price."""
    rows = []
    for method in service.methods:
        for item in method.yields:
            words = (inspect.getdoc(item.formula) or "").strip().split("\n")[0]
            inputs = "、".join(f"{i.name} [{i.unit}]" for i in item.inputs)
            price = f"{item.price}（{item.price_unit}）" if item.price else "—"
            source = f"{method.source} {method.clause}" + ("" if method.verified else "（未核对 not read）")
            what = f"{item.zh} {item.en}（{item.unit}）"
            rows.append((method.id, what, words or item.formula.__name__, inputs, price, source))
    heads = ("方法 method", "得出 yields（单位 unit）", "公式 formula", "输入 inputs", "价格 price", "依据 source")
    title = f"{service.zh} {service.en} · {service.id} · {_KINDS[service.account]} {service.account}"
    return block(table(heads, rows, title, right=()))
