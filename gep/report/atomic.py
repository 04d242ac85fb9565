"""Outputs appear whole or not at all: write beside the final name, then rename.

Every file of a run goes through `atomic_path`. Whoever reads the folder while a run is going, or after one that was
cut off, never meets half a file under a final name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from gep.errors import Fault, GepError, fault

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NOT_A_FOLDER = {errno.ENOTDIR, errno.EEXIST, errno.ELOOP}
_SIDECARS = ("-journal", "-wal", "-shm")  # SQLite leaves these beside a GeoPackage that was cut off


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path in the folder of `path` (same suffix); on success it becomes `path` in one step.

    The folder is made when it does not exist. The temporary file is flushed to disk before it is renamed and is removed
    when anything goes wrong, so an older file under the final name stays as it was.

    Raises GepError (GEP-L501…L507) when the folder cannot be written, the disk is full, or the target is held open by
    another program (Excel on Windows); other exceptions of the body pass through unchanged.
    """
    final = Path(path)
    if os.path.isdir(final):  # unlike Path.is_dir it does not fail on a name that is too long
        raise GepError(fault("GEP-L506", file=final))
    stem = final.stem[:40]  # the random part must not push a long name over the limit of the file system
    temporary = final.with_name(f".{stem}.{secrets.token_hex(4)}{final.suffix}")
    try:
        with blamed(final):
            make_folder(final.parent)
            yield temporary
            _flush(temporary)
        try:
            os.replace(temporary, final)
        except PermissionError as error:  # Windows: a file that Excel or QGIS holds open cannot be replaced
            raise GepError(
                fault("GEP-L504" if final.exists() else "GEP-L501", file=final, reason=_reason(error))
            ) from error
        except OSError as error:
            raise GepError(
                output_fault(error, final) or fault("GEP-L505", file=final, reason=_reason(error))
            ) from error
        _flush_folder(final.parent)
    finally:
        for leftover in (temporary, *(temporary.with_name(temporary.name + tail) for tail in _SIDECARS)):
            with contextlib.suppress(OSError):
                leftover.unlink()


def make_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder, made with its parents when it does not exist; GepError (GEP-L501…L507) where it cannot be."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GepError(output_fault(error, folder) or fault("GEP-L505", file=folder, reason=_reason(error))) from error
    return folder


@contextlib.contextmanager
def blamed(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what goes wrong while `path` is written into its GepError; what the output is not to blame for passes."""
    try:
        yield
    except Exception as error:  # libraries wrap what the system said
        found = output_fault(error, path)
        if found is None:
            raise
        raise GepError(found) from error


def output_fault(error: BaseException, path: str | os.PathLike[str]) -> Fault | None:
    """The fault behind an exception met while `path` was written, or None where the output is not to blame.

    Libraries wrap what the system said (XlsxWriter, SQLite, GDAL): the chain of causes is searched.
    """
    for link in _chain(error):
        if isinstance(link, GepError):
            return None
        if isinstance(link, sqlite3.OperationalError):
            text = str(link).lower()
            if "full" in text:
                return fault("GEP-L502", file=path, folder=Path(path).parent, reason=_reason(link))
            if "readonly" in text or "unable to open" in text or "disk i/o" in text:
                return fault("GEP-L501", file=path, reason=_reason(link))
        if isinstance(link, OSError) and link.errno is not None:
            return _system_fault(link, Path(path))
        if "no space left" in str(link).lower():  # GDAL passes the system's words on as text
            return fault("GEP-L502", file=path, folder=Path(path).parent, reason=_reason(link))
    return None


def _system_fault(error: OSError, path: Path) -> Fault | None:
    reason = _reason(error)
    if error.errno in _FULL:
        return fault("GEP-L502", file=path, folder=path.parent, reason=reason)
    if error.errno in _DENIED:
        return fault("GEP-L501", file=path, reason=reason)
    if error.errno in _NOT_A_FOLDER:
        return fault("GEP-L503", file=path, folder=path.parent, reason=reason)
    if error.errno == errno.ENAMETOOLONG:
        return fault("GEP-L507", file=path, reason=reason)
    if error.errno == errno.ENOENT and error.filename and not _concerns(error.filename, path):
        return None  # an input that is not there is another module's fault
    return fault("GEP-L505", file=path, reason=reason)


def _concerns(name: object, path: Path) -> bool:
    try:
        return Path(os.fsdecode(name)).parent == path.parent  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return True


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [e for e in (link.__cause__, link.__context__, *link.args) if isinstance(e, BaseException)]


def _reason(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()


def _flush(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    # the rename itself survives a power cut only when the folder is flushed too; Windows cannot and need not
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
