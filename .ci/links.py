"""Every relative link and image in the project's Markdown leads to a file, and every #anchor to a heading."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def body(path: Path) -> str:
    """The text without fenced code."""
    return re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.S | re.M)


def documents() -> list[Path]:
    """All Markdown files of the working tree that git does not ignore."""
    listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md")
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted({ROOT / name for name in names if name and (ROOT / name).is_file()})


def broken(path: Path) -> list[str]:
    """The links of one document that lead nowhere."""
    found = []
    for target in LINK.findall(body(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        goal = (path.parent / name).resolve() if name else path
        if not goal.exists():
            found.append(f"{path.relative_to(ROOT)}: {target}: no such file")
        elif anchor and goal.suffix == ".md":
            headings = re.findall(r"^#+\s+(.+?)\s*#*$", body(goal), flags=re.M)
            if anchor not in {slug(h) for h in headings}:
                found.append(f"{path.relative_to(ROOT)}: {target}: no such heading")
    return found


def main() -> int:
    """Print what is broken; 1 when anything is, or when there was nothing to check."""
    files = documents()
    faults = [line for path in files for line in broken(path)]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(files)} documents, {len(faults)} broken links")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
