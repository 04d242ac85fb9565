"""What the larger commands do: check, run, revalue, explain, verify."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from gep.cli import show
from gep.errors import Fault, GepError, Lang, catalogue, fault


def _words(lang: str | None, study: Any = None) -> Lang:
    return show.language(lang)


def check_study(path: Path, lang: str | None, *, as_json: bool) -> None:
    """`gep check`: every fault of the study and its inputs; exit code 2 when one of them is an error."""
    from gep import check, study
    from gep.before import ahead, before

    tongue = _words(lang)
    try:
        found: Sequence[Fault] = check.inspect(study.load(path), before, ahead)
    except GepError as error:
        found = error.faults
    if as_json:
        show.say(json.dumps([f.to_dict() for f in dict.fromkeys(found)], ensure_ascii=False, indent=1))
        errors = sum(f.severity == "error" for f in found)
    else:
        errors, rest = show.faults(found, tongue)
        show.say(show.counted(errors, rest, tongue, f"{path} "))
    raise typer.Exit(show.INPUT_WRONG if errors else show.OK)


def run_many(
    paths: Sequence[Path],
    to: Path,
    *,
    lang: str | None,
    workers: int | None = None,
    scheduler: str | None = None,
    only: tuple[str, ...] = (),
    resume: bool = False,
    dry_run: bool = False,
    single: bool = False,
) -> None:
    """`gep run`: each study by itself; one that fails stops nothing else; a summary at the end of several."""
    tongue = _words(lang)
    failed: list[tuple[Path, int]] = []
    names = _folders(paths)
    for path, name in zip(paths, names, strict=True):
        folder = to if single else to / name
        if not single:
            show.say(f"── {path} → {folder}")
        try:
            code = _run_one(path, folder, tongue, workers, scheduler, only, resume, dry_run)
        except Exception as error:  # a defect met in one study must not stop the others
            if single:
                raise
            code = show.defect(error, tongue)
        if code:
            failed.append((path, code))
    if not single:
        done = len(paths) - len(failed)
        show.say(
            f"{'×' if failed else '√'} "
            + (f"{done}/{len(paths)} 项研究完成" if tongue == "zh" else f"{done}/{len(paths)} studies done")
        )
        for path, _ in failed:
            show.say(f"  × {path}")
    if failed:
        raise typer.Exit(failed[0][1] if single else show.SOME_FAILED)


def _folders(paths: Sequence[Path]) -> list[str]:
    """A folder name for each study: its folder's name, with the file's stem or a number where that is not unique."""
    names: list[str] = []
    for path in paths:
        name = path.resolve().parent.name
        if path.stem != "study":
            name = f"{name}-{path.stem}"
        base, n = name, 2
        while name in names:
            name, n = f"{base}-{n}", n + 1
        names.append(name)
    return names


def _run_one(
    path: Path,
    to: Path,
    lang: Lang,
    workers: int | None,
    scheduler: str | None,
    only: tuple[str, ...],
    resume: bool,
    dry: bool,
) -> int:
    from gep import run, study

    begin = time.monotonic()
    try:
        spec = study.load(path)
        if dry:
            for line in run.plan(spec, only, lang):
                show.say(line)
            return show.OK
        run.writable(to)
        bar = show.Bar("核算" if lang == "zh" else "computing", lang)
        result = run.compute(
            spec, only=only, threads=workers, scheduler=scheduler, progress=bar, work=to / ".work", resume=resume
        )
        files = run.write(result, to, spec)
    except GepError as error:
        errors, rest = show.faults(error.faults, lang, err=True)
        show.say(show.counted(errors, rest, lang, f"{path} "), err=True)
        return show.INPUT_WRONG
    run.tidy(to)
    told = [f for f in result.faults if f.severity != "info"]
    errors, rest = show.faults(told, lang)
    notes = len(result.faults) - len(told)
    more = (
        (f"，{notes} 项说明（见 run.json）" if lang == "zh" else f", {notes} notes (run.json lists them)")
        if notes
        else ""
    )
    show.say(show.counted(errors, rest, lang, "输入检查 " if lang == "zh" else "input checks: ") + more)
    show.summary(result, to, _shown(files, to), time.monotonic() - begin, lang)
    return _outcome(result, lang)


def _outcome(result: Any, lang: Lang) -> int:
    """Names the identities that do not hold; the exit code: what is not sound is no success, though it is written."""
    broken = [c for c in result.checks if not c["passed"]]
    show.faults([_broken(c) for c in broken], lang, err=True)
    wrong = any(f.severity == "error" for f in result.faults)
    return show.SOME_FAILED if broken or wrong else show.OK


def _shown(files: Sequence[Path], to: Path) -> list[str]:
    """The files of a run as the terminal lists them: those of a folder as the folder."""
    parts = [f.relative_to(to).parts for f in files]
    return list(dict.fromkeys(p[0] if len(p) == 1 else f"{p[0]}/" for p in parts))


def _broken(check: dict[str, Any]) -> Fault:
    words = {k: check[k] for k in ("left", "right", "difference", "tolerance", "n")}
    code = "GEP-E032" if check.get("failed") else "GEP-E013"  # records that contradict each other, or a defect of ours
    return fault(code, place=str(check["period"]), check=check["zh"], check_en=check["en"], **words)


def revalue_run(folder: Path, year: int | None, to: Path | None, study: Path | None, lang: str | None) -> None:
    """`gep revalue`: the stored totals with other prices or coefficients, into a new folder."""
    from gep import run
    from gep.again import revalue

    tongue = _words(lang)
    begin = time.monotonic()
    result, spec = revalue(folder, year, study)
    target = to or folder.with_name(f"{folder.name}-{year or spec.price_year}")
    files = run.write(result, target, spec)
    errors, rest = show.faults(result.faults, tongue)
    show.say(show.counted(errors, rest, tongue))
    show.summary(result, target, _shown(files, target), time.monotonic() - begin, tongue)
    if code := _outcome(result, tongue):
        raise typer.Exit(code)


def explain_what(
    what: str,
    zone: str | None,
    service: str | None,
    period: int | None,
    item: str | None,
    type: str | None,
    lang: str | None,
) -> None:
    """`gep explain`: a fault code, or the lines of a zone and service in a run folder."""
    tongue = _words(lang)
    if what.upper().startswith("GEP-"):
        entry = catalogue().get(what.upper())
        if entry is None:
            raise GepError(fault("GEP-E017", name=what))
        show.say(f"{what.upper()}  [{entry.get('severity', 'error')}]")
        for key in ("zh", "fix_zh", "about_zh") if tongue == "zh" else ("en", "fix_en", "about_en"):
            if entry.get(key):
                show.say(("→ " if key.startswith("fix") else "") + entry[key])
        return
    from gep.again import open_run

    ledger = open_run(Path(what)).ledger
    if zone is None or service is None:
        by = ledger.by("period", "zone_name", "service_name")
        show.say(by["value"].unstack("service_name").to_string())
        show.say("gep explain DIR --zone … --service …")
        return
    show.say(ledger.explain(zone, service, lang=tongue, period=period, item=item, type=type))


def verify_run(folder: Path, study: Path | None, lang: str | None) -> None:
    """`gep verify`: compute again, compare with what is stored; exit code 1 when anything differs."""
    from gep.again import verify

    tongue = _words(lang)
    found, same = verify(folder, study)
    for name in same:
        show.say(f"√ {name}")
    errors, _ = show.faults(found, tongue)
    show.say(
        ("√ 与原结果逐字节一致" if tongue == "zh" else "√ equal to the stored results, byte by byte")
        if not errors
        else ("× 与原结果不同" if tongue == "zh" else "× differs from the stored results")
    )
    raise typer.Exit(show.SOME_FAILED if errors else show.OK)
