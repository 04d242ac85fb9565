"""Where a number comes from: digests of inputs, versions, and the facts of a run that `run.json` keeps."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20
_LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "xarray",
    "rasterio",
    "geopandas",
    "pyogrio",
    "shapely",
    "numba",
    "pint",
    "pydantic",
)
_SIDECARS = (".dbf", ".shx", ".prj", ".cpg", ".aux.xml", ".tfw")


def digest_bytes(data: bytes) -> str:
    """SHA-256 of bytes, as hexadecimal text."""
    return hashlib.sha256(data).hexdigest()


def digest_json(value: Any) -> str:
    """SHA-256 of a JSON-able value, independent of the order of its keys."""
    return digest_bytes(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode())


def digest_file(path: Path) -> str:
    """SHA-256 of a file; of a folder (a file geodatabase): of its files' names and digests."""
    path = Path(path)
    if path.is_dir():
        parts = [
            (f.name, digest_file(f)) for f in sorted(path.iterdir()) if f.is_file() and not f.name.endswith(".lock")
        ]
        return digest_json(parts)
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()


class Digests:
    """Digests of the input files of one run, each read once. `table()` is the list that run.json keeps.

    Paths are shown relative to the study's folder where they lie inside it, so that the same study in another
    place gives the same bytes.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder).resolve()
        self._known: dict[Path, str] = {}

    def of(self, path: Path | str) -> str:
        """The digest of a file, and take note of it (and of the files that belong to it)."""
        path = Path(path).resolve()
        if path not in self._known:
            self._known[path] = digest_file(path)
            for extra in _SIDECARS:
                sidecar = path.with_suffix(extra) if extra != ".aux.xml" else path.with_name(path.name + extra)
                if sidecar != path and sidecar.is_file():
                    self._known[sidecar] = digest_file(sidecar)
        return self._known[path]

    def all_of(self, paths: Iterable[Path | str]) -> str:
        """One digest for several files (a cube in twelve files)."""
        digests = [self.of(path) for path in paths]
        return digests[0] if len(digests) == 1 else digest_json(digests)

    def shown(self, path: Path | str) -> str:
        """The path as it is shown: relative to the study where it lies inside."""
        path = Path(path).resolve()
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else path.name

    def table(self) -> list[dict[str, Any]]:
        """All files noted: file, digest, bytes; sorted."""

        def size(path: Path) -> int:
            return (
                sum(f.stat().st_size for f in path.iterdir() if f.is_file()) if path.is_dir() else path.stat().st_size
            )

        rows = [{"file": self.shown(p), "digest": d, "bytes": size(p)} for p, d in self._known.items()]
        return sorted(rows, key=lambda row: (row["file"], row["digest"]))


def libraries() -> dict[str, str]:
    """Versions of the libraries that touch the numbers."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def cpu_features() -> list[str]:
    """Instruction sets that numpy uses here: vector math differs in the last digit between them."""
    from numpy._core._multiarray_umath import __cpu_features__  # numpy offers no public name for it

    return sorted(name for name, present in __cpu_features__.items() if present)


def commit() -> str:
    """The commit of the checkout that runs, with '+' when it has changes; '' for an installed wheel."""
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return ""
    try:
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True, timeout=10
        )
        dirty = subprocess.run(
            ["git", "status", "--porcelain", "-uno"], cwd=root, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "")


def shown(value: Mapping[str, Any]) -> str:
    """Options as they stand in the ledger: 'k=v; k=v', sorted."""
    return "; ".join(f"{key}={value[key]}" for key in sorted(value))
