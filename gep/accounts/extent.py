"""The extent account: how much ground each ecosystem type covers in each township, and what changed it.

Opening, additions and reductions by cause, reappraisal apart from real change, closing; chained over several dates. The
algebra stands in gep.accounts.extent_cells, the rules of causes in gep.accounts.attribution. Layout after SEEA EA; A, B
and the rate of change after HJ 1171 6.7–6.8 (A is the share of the opening type: definition, not its transcription).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gep import entries, units
from gep.accounts import extent_cells
from gep.accounts.attribution import REAPPRAISAL, Rules, changes
from gep.accounts.extent_cells import cells, scale_of, table
from gep.accounts.extent_checks import extent_checks
from gep.coefficient_tables import ecosystem_types
from gep.errors import Fault, GepError, fault

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.transitions import Transitions
    from gep.forms import Form

SIDES = ("seea_addition", "seea_reduction")
MATRIX = (
    "open", "close", "zone", "zone_name", "from", "from_name", "to", "to_name", "flag", "cause", "rule", "area_ha",
    "share_of_opening", "share_of_closing",
)  # fmt: skip
DYNAMICS = (
    "open", "close", "zone", "zone_name", "extent_ha", "changed_ha", "real_ha", "dynamic_percent", "real_percent",
)  # fmt: skip


def extent_account(
    transitions: Sequence[Transitions], rules: Rules, form: Form, names: Mapping[str, str], source: str = ""
) -> tuple[pd.DataFrame, list[dict[str, Any]], list[Fault]]:
    """The account of all intervals: (entries, checks, warnings).

    `transitions` in the order of their dates; `names`: zone → name; `source`: what the land cover is, for the column
    source. Entries hold leaves and sums, townships and county (zone "", the sum of its townships), for the types that
    land cover has at any date. Raises GepError: intervals that do not follow (GEP-X114), a form that does not fit
    (GEP-X110…X113, X115).
    """
    if broken := _broken(transitions, form):
        raise GepError(broken)
    present = types_of(transitions)
    parts, warnings = [], []
    for t in transitions:
        made, scale = cells(t, rules, form, present, SIDES)
        parts.append(table(form, made, scale, rules, names, source))
        warnings += _noticed(t, names)
    made_entries = entries.concat(parts)
    return made_entries, extent_checks(made_entries, transitions, form), warnings


def form_faults(form: Form, rules: Rules, types: Sequence[str]) -> list[Fault]:
    """What keeps a form of the account from holding these types, before any pixel is read: GEP-X110…X113, X115."""
    return extent_cells.form_faults(form, rules, types, SIDES) or _broken((), form)


def types_of(transitions: Sequence[Transitions]) -> tuple[str, ...]:
    """The types that land cover holds at any date, in the order of ecosystem_types.csv."""
    seen = {code for t in transitions for code in t.types}
    known = [t.code for t in ecosystem_types()]
    return (*(code for code in known if code in seen), *sorted(seen - set(known)))


def _broken(transitions: Sequence[Transitions], form: Form) -> list[Fault]:
    out = []
    for one, other in itertools.pairwise(transitions):
        if one.close != other.open:
            shown: dict[str, Any] = {"one": f"{one.open}–{one.close}", "other": f"{other.open}–{other.close}"}
            out.append(fault("GEP-X114", place="extent.dates", **shown))
    scale = scale_of(form, [c for c in form.leaves("columns") if form.column(c).types])
    if not scale.exact:
        said: dict[str, Any] = {"form": form.form, "unit": scale.unit, "decimals": scale.decimals}
        out.append(fault("GEP-X115", file=form.form, place="decimals", **said))
    return out


def _noticed(t: Transitions, names: Mapping[str, str]) -> list[Fault]:
    """What a reader must know of an interval: each changed boundary, a changed outline (GEP-X120, X121, X123).

    Ground seen at one date only is told by the pass (GEP-X004).
    """
    out = []
    when: dict[str, Any] = {"open": t.open, "close": t.close}
    n = len(t.types)
    if t.boundary is not None:
        lost = np.asarray(t.boundary, np.int64)[:, :n]
        opening = t.joint.sum(axis=2) + lost
        for z, zone in enumerate(t.zones):
            down, up = int(np.maximum(lost[z], 0).sum()), int(np.maximum(-lost[z], 0).sum())
            shown: dict[str, Any] = {"zone": names.get(zone, zone), **when}
            if down + up > n:  # sums rounded to whole m² may leave one a type
                out.append(fault("GEP-X120", place=zone, lost=_ha(down), gained=_ha(up), **shown))
            for i in np.flatnonzero(opening[z] < 0):
                area = _ha(int(opening[z, i]))
                out.append(fault("GEP-X123", place=f"{zone}/{t.types[i]}", type=t.types[i], area=area, **shown))
        if abs(int(lost.sum())) > n * len(t.zones):
            out.append(fault("GEP-X121", place="zones", area=_ha(int(lost.sum())), **when))
    return out


def _ha(area: int) -> str:
    return f"{area * units.factor('m2', 'hm2'):,.4f}"


def not_converted(chain: Sequence[Transitions], opening: int, closing: int) -> dict[tuple[str, str], int]:
    """(zone, type) → m² by which the extent changed otherwise than by conversion, over the intervals between two dates.

    What a changed boundary brought, and ground with land cover at the end of an interval but not at its start, less
    that at its start only. Empty where the chain does not lead from one date exactly to the other.
    """
    inside = sorted((t for t in chain if opening <= t.open and t.close <= closing), key=lambda t: t.open)
    joints = [opening, *(t.close for t in inside)]
    if [*(t.open for t in inside), closing] != joints:
        return {}
    out: dict[tuple[str, str], int] = {}
    for t in inside:
        net = t.only_close - t.only_open - (0 if t.boundary is None else t.boundary[:, : len(t.types)])
        for z, zone in enumerate(t.zones):
            for i, code in enumerate(t.types):
                out[zone, code] = out.get((zone, code), 0) + int(net[z, i])
    return out


def matrix(transitions: Sequence[Transitions], rules: Rules, names: Mapping[str, str]) -> pd.DataFrame:
    """The matrix of change, one row a township (and the county, zone ""), two types and flag; unchanged ground too.

    `share_of_opening` is A_ij, area over all ground that opened as `from`; `share_of_closing` B_ij, over all that
    closes as `to` (HJ 1171), both on ground with land cover at both dates. Columns: MATRIX.
    """
    import pandas as pd

    words = {t.code: t.zh for t in ecosystem_types()}
    ha = units.factor("m2", "hm2")
    out = []
    for t in transitions:
        moves = changes(t, rules)
        types = np.array(t.types, dtype=object)
        z, i = np.nonzero(np.diagonal(t.joint, axis1=1, axis2=2))
        still = pd.DataFrame({"zone": np.array(t.zones, dtype=object)[z], "old": types[i], "new": types[i],
                              "flag": "plain", "cause": "", "rule": "", "area_m2": t.joint[z, i, i]})  # fmt: skip
        keys = ["zone", "old", "new", "flag", "cause", "rule"]
        both = pd.concat([still, moves[[*keys, "area_m2"]]], ignore_index=True)
        county = both.groupby(keys[1:], as_index=False, sort=False)["area_m2"].sum().assign(zone=entries.COUNTY)
        both = pd.concat([both, county], ignore_index=True)
        opened = both.groupby(["zone", "old"])["area_m2"].transform("sum")
        closed = both.groupby(["zone", "new"])["area_m2"].transform("sum")
        both = both.assign(
            open=t.open, close=t.close, zone_name=[names.get(k, k) for k in both["zone"]],
            from_name=[words.get(k, k) for k in both["old"]], to_name=[words.get(k, k) for k in both["new"]],
            area_ha=both["area_m2"] * ha, share_of_opening=both["area_m2"] / opened,
            share_of_closing=both["area_m2"] / closed,
        )  # fmt: skip
        rank = {k: n for n, k in enumerate((*types_of(transitions), ""))}
        zones = {k: n for n, k in enumerate((*t.zones, entries.COUNTY))}
        by = [both["zone"].map(zones), both["old"].map(rank), both["new"].map(rank)]
        order = np.lexsort([b.to_numpy() for b in reversed(by)])
        out.append(both.rename(columns={"old": "from", "new": "to"}).iloc[order][list(MATRIX)])
    return pd.concat(out, ignore_index=True) if out else pd.DataFrame(columns=list(MATRIX))


def dynamics(transitions: Sequence[Transitions], rules: Rules, names: Mapping[str, str]) -> pd.DataFrame:
    """综合动态度 EC of HJ 1171, Σ|changed| ÷ Σ extent × 100 %, per township and for the county (zone "").

    `changed_ha`, `dynamic_percent`: all change seen; `real_ha`, `real_percent`: without small patches and edge swap.
    Extent is ground with land cover at both dates; a township without any has NaN. Columns: DYNAMICS.
    """
    import pandas as pd

    ha, hundred = units.factor("m2", "hm2"), units.factor("1", "%")
    rows = []
    for t in transitions:
        moves = changes(t, rules)
        real = moves[~moves["flag"].isin(list(REAPPRAISAL))]
        extent = t.joint.sum(axis=(1, 2))
        for z, zone in [*enumerate(t.zones), (None, entries.COUNTY)]:
            total = int(extent.sum() if z is None else extent[z])
            seen, held = (int(m["area_m2"].sum() if z is None else m.loc[m["zone_at"] == z, "area_m2"].sum())
                          for m in (moves, real))  # fmt: skip
            share = [part / total * hundred if total else float("nan") for part in (seen, held)]
            named = names.get(zone, zone)
            rows.append((t.open, t.close, zone, named, total * ha, seen * ha, held * ha, *share))
    return pd.DataFrame(rows, columns=list(DYNAMICS))
