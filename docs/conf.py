"""Sphinx for both languages: `docs/` is the English tree, `docs/zh/` the Chinese one, each a build of its own.

English: sphinx-build -W docs out/docs/en · Chinese: sphinx-build -W -c docs -D language=zh_CN docs/zh out/docs/zh.
A link may lead to the other tree or to a file of the repository, as a reader of the Markdown needs it; `relink` turns
the first into a link between the two builds and the second into plain words.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS / "_ext"))

project, author, copyright = "gep", "The gep developers", "The gep developers"
try:
    release = importlib.metadata.version("gep")
except importlib.metadata.PackageNotFoundError:  # a checkout that was not installed
    release = "0"
extensions = ["myst_nb", "sphinx.ext.autodoc", "mathml", "plain_docstrings"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = ["zh", "_build", "_ext", "_static", "_templates", "tutorial"]
nb_execution_mode = "off"  # CI executes the notebooks by nbmake
myst_enable_extensions = ["dollarmath", "deflist", "attrs_inline"]
myst_dmath_allow_space = False
myst_fence_as_directive = ["math"]  # ```math is what GitHub shows as a formula
myst_heading_anchors = 5
myst_all_links_external = False
suppress_warnings = ["misc.highlighting_failure"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = "gep"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["gep.css"]
html_sidebars = {
    "**": [
        "sidebar/brand.html", "language.html", "sidebar/search.html", "sidebar/scroll-start.html",
        "sidebar/navigation.html", "sidebar/scroll-end.html",
    ]
}  # fmt: skip
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True

WHOLE = {  # pages that are a file of the repository's root
    "reference/changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
}
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
FENCE = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.S | re.M)


def unbroken(text: str) -> str:
    """Lines of a Chinese paragraph joined: a browser would show the line's end as a blank between two characters."""
    wide = "[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"
    join = re.compile(rf"(?<={wide})\n[ ]*(?={wide})")
    out, at = [], 0
    for fence in FENCE.finditer(text):
        out += [join.sub("", text[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join([*out, join.sub("", text[at:])])


def _href(base: Path, goal: Path, anchor: str) -> str:
    """Address of a page of the other build, seen from a page at `base` (both are paths below docs)."""

    def built(path: Path) -> Path:
        parts = path.relative_to(DOCS).parts
        return Path("zh", *parts[1:]) if parts[0] == "zh" else Path("en", *parts)

    to = os.path.relpath(built(goal).with_suffix(".html"), built(base).parent)
    return Path(to).as_posix() + (f"#{anchor}" if anchor else "")


def relink(text: str, path: Path, page: Path, source: Path) -> str:
    """The text with links out of the tree `source` changed; `path` holds the text, `page` is where it stands."""

    def one(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            return found[0]
        name, _, anchor = unquote(target).partition("#")
        goal = (path.parent / name).resolve()
        own = goal.is_relative_to(source) and not (source == DOCS and goal.is_relative_to(DOCS / "zh"))
        if goal.is_dir():
            goal = goal / "README.md" if (goal / "README.md").is_file() else goal
        whole = {ROOT / file: source / f"{doc}.md" for doc, file in WHOLE.items()}
        if goal in whole and whole[goal].is_file():
            to = Path(os.path.relpath(whole[goal], page.parent)).as_posix()
            return f"[{words}]({to}{'#' + anchor if anchor else ''})"
        if own and goal.is_file():
            if path == page:
                return found[0]
            to = Path(os.path.relpath(goal, page.parent)).as_posix()
            return f"{picture}[{words}]({to}{'#' + anchor if anchor else ''})"
        if picture or not (goal.suffix == ".md" and goal.is_relative_to(DOCS)):
            return found[0] if picture and goal.is_file() and path == page else words
        return f'<a href="{_href(page, goal, anchor)}">{words}</a>'

    out, at = [], 0
    for fence in FENCE.finditer(text):
        out += [LINK.sub(one, text[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join([*out, LINK.sub(one, text[at:])])


def _read(app, docname: str, source: list[str]) -> None:
    tree = Path(app.srcdir).resolve()
    page = tree / f"{docname}.md"
    if docname.startswith("_notebooks/"):
        return
    path = ROOT / WHOLE[docname] if docname in WHOLE else page
    text = path.read_text("utf-8") if docname in WHOLE else source[0]
    source[0] = relink(text, path, page, tree)
    if tree.name == "zh":
        source[0] = unbroken(source[0])


def _other(app, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    """The sibling of the page in the other language, or that language's front page."""
    chinese = Path(app.srcdir).name == "zh"
    here = (DOCS / "zh" if chinese else DOCS) / f"{pagename}.md"
    sibling = (DOCS if chinese else DOCS / "zh") / f"{pagename}.md"
    if not sibling.is_file():
        sibling = (DOCS if chinese else DOCS / "zh") / "index.md"
    context["other_language"] = ("English" if chinese else "中文", _href(here, sibling, ""))


def _begin(app, config) -> None:
    if Path(app.srcdir).name == "zh":
        config.html_title = "gep 生态产品总值核算工具箱"
        return
    made = DOCS / "_notebooks"  # Sphinx reads below docs/ only
    made.mkdir(exist_ok=True)
    now = {path.name: path.read_bytes() for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    for old in made.glob("*.ipynb"):
        if old.name not in now:
            old.unlink()
    for name, content in now.items():
        if not (made / name).is_file() or (made / name).read_bytes() != content:
            (made / name).write_bytes(content)


def setup(app) -> None:
    app.connect("config-inited", _begin)
    app.connect("source-read", _read)
    app.connect("html-page-context", _other)
