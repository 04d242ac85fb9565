"""Formulas as MathML, made when the pages are built: browsers draw it themselves, no script is fetched."""

from __future__ import annotations

from latex2mathml.converter import convert


def _inline(self, node) -> None:
    self.body.append(convert(node.astext()))
    raise _skip()


def _display(self, node) -> None:
    self.body.append(convert(node.astext(), display="block"))
    raise _skip()


def _skip() -> Exception:
    from docutils.nodes import SkipNode

    return SkipNode()


def setup(app) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_display, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
