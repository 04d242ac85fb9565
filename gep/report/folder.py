"""A folder of outputs that appears file by file only when all of them are written."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from gep.errors import GepError, fault
from gep.report.atomic import blamed, make_folder


@contextlib.contextmanager
def atomic_folder(folder: str | os.PathLike[str], last: str = "run.json") -> Iterator[Path]:
    """Give a temporary folder inside `folder`; on success its files take their final names, `last` at the very end.

    While the files are written, and when writing fails (GepError GEP-L501…L507 says why), everything that stood in
    `folder` before stays as it was. `last` tells a reader that the set is whole: it is removed first, renamed last.
    """
    final = make_folder(folder)
    temporary = final / f".new-{secrets.token_hex(4)}"
    try:
        with blamed(final):
            temporary.mkdir()
            yield temporary
        _move(temporary, final, last)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move(temporary: Path, final: Path, last: str) -> None:
    found = (f.relative_to(temporary).as_posix() for f in temporary.rglob("*") if f.is_file())
    names = sorted(found, key=lambda name: (name == last, name))
    for name in names:
        if (final / name).is_dir():
            raise GepError(fault("GEP-L506", file=final / name))
        make_folder((final / name).parent)
    with contextlib.suppress(OSError):
        (final / last).unlink()
    for name in names:
        try:
            os.replace(temporary / name, final / name)
        except OSError as error:  # Windows: Excel or QGIS holds the old file open
            code = "GEP-L504" if isinstance(error, PermissionError) else "GEP-L505"
            raise GepError(fault(code, file=final / name, reason=str(error))) from error
