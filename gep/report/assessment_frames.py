"""The data frames behind the sheets of assessment.xlsx: pure functions of gep.assessments.Assessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gep.report import labels
from gep.report.assessment_words import coded, say, unit
from gep.report.frame_sheet import half
from gep.report.statistical_forms import COUNTY, form_title

if TYPE_CHECKING:
    import pandas as pd

    from gep.assessments import Assessed

Words = Mapping[str, tuple[str, str]]  # "evaluation.<id>", "register.<id>" → names in Chinese, English
DETAIL = ("weight", "actual", "target", "before", "attainment", "level", "change", "score")
_SOME = 8  # townships named where many lack the same thing
_INTERNAL = "internal"
# heads that mean something else in the tables of the accounts
_CODED = {"method": ("method",), "other_method": ("method",), "block": ("block", "group"), "system": ("block", "group"),
          "status": ("status",)}  # fmt: skip
_OWN = ("rank", "grade", "score", "weight", "actual", "target", "before", "attainment")


def name_of(made: Assessed, words: Words, id: str, lang: str) -> str:
    """What an evaluation is called: the study's name, else that of its method, else its id."""
    by = made.scores.loc[made.scores["evaluation"] == id, "by"]
    pair = words.get(f"evaluation.{by.iloc[0]}") if len(by) else None
    return made.names.get(id) or (pair[lang == "en"] if pair else id)


def evaluations(made: Assessed) -> list[str]:
    """The evaluations that gave scores, in the order of the study."""
    return list(dict.fromkeys(made.scores["evaluation"]))


def zone_name(record: Mapping[str, Any], lang: str) -> str:
    """A township's name; the county is called so."""
    return say("county", lang) if record["zone"] == COUNTY else str(record["zone_name"] or record["zone"])


def parts(scores: pd.DataFrame) -> list[tuple[str, str]]:
    """(kind, item) of blocks, then items, then bonus and veto: the columns beside a total."""
    out: list[tuple[str, str]] = []
    for kind in ("block", "item", "bonus", "veto"):
        out += [(kind, str(i)) for i in dict.fromkeys(scores.loc[scores["kind"] == kind, "item"])]
    return out


def weight_of(scores: pd.DataFrame, kind: str, item: str) -> float | None:
    """The points of an item or block where they are the same for all, else None."""
    found = scores.loc[(scores["kind"] == kind) & (scores["item"] == item), "weight"].dropna().unique()
    return float(found[0]) if len(found) == 1 else None


def weights(made: Assessed, words: Words, lang: str) -> pd.DataFrame:
    """The points of blocks and items by evaluation and year: one row where they are the same for all townships, else
    one a township."""
    import pandas as pd

    rows = []
    listed = made.scores[made.scores["kind"].isin(["block", "item"]) & made.scores["weight"].notna()]
    for (id, year, kind, item), part in listed.groupby(["evaluation", "year", "kind", "item"], sort=False):
        same = part["weight"].nunique() == 1
        for one in (part.head(1) if same else part).to_dict("records"):
            rows.append({
                "as_evaluation": name_of(made, words, str(id), lang), "year": year,
                "as_kind": coded("kind", kind, lang), "as_name": one[lang] or item, "as_weight": one["weight"],
                "zone_name": "" if same else zone_name(one, lang), "as_code": item,
            })  # fmt: skip
    columns = ["as_evaluation", "year", "as_kind", "as_name", "as_weight", "zone_name", "as_code"]
    return pd.DataFrame(rows, columns=columns)


def detail(made: Assessed, id: str, lang: str) -> pd.DataFrame:
    """Every part of an evaluation, township by township: actual, target, the year before, attainment, level, change,
    score; columns that say nothing are left out, `unit` and `decimals` are those of the catalogue."""
    import pandas as pd

    how = made.catalogue.set_index("code")
    units, places = how["unit"].to_dict(), how["decimals"].to_dict()
    table = made.scores[(made.scores["evaluation"] == id) & (made.scores["kind"] != "total")]
    table = table.sort_values(["year", "zone"], kind="stable")
    rows = [{
        "year": one["year"], "zone": one["zone"], "zone_name": zone_name(one, lang),
        "as_kind": coded("kind", one["kind"], lang), "as_name": one[lang] or one["item"],
        "unit": unit(units[one["item"]], lang) if one["item"] in units else "",
        **{f"as_{c}": one[c] for c in DETAIL}, "as_grade": half(one["grade"] or "", lang),
        "as_status": coded("status", one["status"], lang), "confidence": one["confidence"],
        "note": one[f"note_{lang}"], "status": one["status"], "decimals": places.get(one["item"]),
    } for one in table.to_dict("records")]  # fmt: skip
    out = pd.DataFrame(rows)
    empty = [
        c for c in out if c not in ("zone", "as_score", "status", "decimals") and (out[c].isna() | out[c].eq("")).all()
    ]
    return out.drop(columns=empty)


def completeness(made: Assessed, forms: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Of each indicator and year: townships with a figure, incomplete, missing; whether the county has one."""
    import pandas as pd

    rows = []
    names = made.catalogue.set_index("code")
    for (code, year), part in made.observations.groupby(["indicator", "year"], sort=False):
        each, county = part[part["zone"] != COUNTY], part[part["zone"] == COUNTY]
        one, n = names.loc[code], len(each)
        have = int(each["value"].notna().sum())
        rows.append({
            "as_form": form_title(forms, str(one["form"]), lang), "as_name": one[lang], "year": year,
            "as_townships": n, "as_have": have, "as_partial": int((each["status"] == "partial").sum()),
            "as_lacking": n - have, "as_share": have / n if n else None,
            "as_county": coded("status", county["status"].iloc[0], lang) if len(county) else "",
            "as_publication": coded("publication", one["publication"], lang), "as_code": code,
        })  # fmt: skip
    columns = ["as_form", "as_name", "year", "as_townships", "as_have", "as_partial", "as_lacking", "as_share",
               "as_county", "as_publication", "as_code"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def registers(made: Assessed, words: Words, lang: str) -> pd.DataFrame:
    """Each register and year: how many entries it has, and the county's figures that are made from it."""
    import pandas as pd

    how = made.catalogue.set_index("code")
    fed = how[how["measure"] == "register"]
    rows: list[dict[str, Any]] = []
    for id, table in made.registers.items():
        name = words.get(f"register.{id}", (id, id))[lang == "en"]
        codes = [c for c, of in fed["of"].items() if str(of).partition(".")[0] == id]
        for year, part in table.groupby("year", sort=True):
            rows.append({"as_register": name, "year": year, "as_name": say("entries", lang), "as_value": len(part),
                         "unit": "", "status": "ok"})  # fmt: skip
            own = made.observations
            own = own[own["indicator"].isin(codes) & (own["year"] == year) & (own["zone"] == COUNTY)]
            for one in own.to_dict("records"):
                rows.append({
                    "as_register": name, "year": year, "as_name": how.at[one["indicator"], lang],
                    "as_value": one["value"], "unit": unit(one["unit"], lang), "as_units_behind": one["n"],
                    "decimals": how.at[one["indicator"], "decimals"], "status": one["status"],
                    "note": one[f"note_{lang}"], "as_code": one["indicator"],
                    "as_publication": coded("publication", how.at[one["indicator"], "publication"], lang),
                })  # fmt: skip
    columns = ["as_register", "year", "as_name", "as_value", "unit", "as_units_behind", "as_publication", "note",
               "as_code", "decimals", "status"]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=columns)


def missing(made: Assessed, words: Words, lang: str) -> pd.DataFrame:
    """What was not computed: of evaluations as they say it, of indicators those that lack the same thing in one row."""
    import pandas as pd

    comma = "、" if lang == "zh" else ", "
    names = dict(zip(made.catalogue["code"], made.catalogue[lang], strict=True))
    rows = [{"year": r["year"], "what_lacks": r[f"what_{lang}"]} for r in made.missing]
    note, seen = f"note_{lang}", made.observations
    townships = seen.loc[seen["zone"] != COUNTY, "zone"].nunique()
    lack = seen[(seen["status"] == "missing")].assign(told=seen[note].fillna(""))
    for (year, told, code), part in lack.groupby(["year", "told", "indicator"], sort=False):
        rows.append({"year": year, "as_name": names.get(code, code), "what_lacks": told,
                     "as_where": _listed(part, townships, comma, lang)})  # fmt: skip
    scores = made.scores[(made.scores["status"] == "missing")].assign(told=made.scores[note].fillna(""))
    for (year, id, told, _kind, item), part in scores.groupby(
        ["year", "evaluation", "told", "kind", "item"], sort=False
    ):
        one = part.iloc[0]
        name, where = name_of(made, words, str(id), lang), _listed(part, townships, comma, lang)
        said = {"as_name": one[lang] or names.get(item, item), "what_lacks": told, "as_where": where}
        rows.append({"year": year, "as_evaluation": name, **said})
    return pd.DataFrame(rows).reindex(columns=["year", "as_evaluation", "as_name", "what_lacks", "as_where"])


def _listed(part: pd.DataFrame, townships: int, comma: str, lang: str) -> str:
    """The county and townships of some rows, in one line."""
    each = part[part["zone"] != COUNTY]
    listed = [say("county", lang)] if (part["zone"] == COUNTY).any() else []
    if len(set(each["zone"])) == townships and townships > 1:
        return comma.join([*listed, say("all_zones", lang)])
    names = list(dict.fromkeys(str(n) for n in each["zone_name"]))
    return comma.join([*listed, *names[:_SOME]]) + (f" …（{len(names)}）" if len(names) > _SOME else "")


def standing(made: Assessed, words: Words, lang: str) -> pd.DataFrame:
    """Each evaluation and year: townships judged, ranked, without a total, and its publication level."""
    import pandas as pd

    rows = []
    totals = made.scores[made.scores["kind"] == "total"]
    for (id, year), part in totals.groupby(["evaluation", "year"], sort=False):
        known = part["score"].dropna()
        rows.append({
            "as_evaluation": name_of(made, words, str(id), lang), "year": year, "as_townships": len(part),
            "as_have": len(known), "as_ranked": int(part["rank"].notna().sum()), "as_lacking": len(part) - len(known),
            "as_highest": known.max() if len(known) else None, "as_lowest": known.min() if len(known) else None,
            "as_publication": coded("publication", part["publication"].iloc[0], lang), "as_id": id,
        })  # fmt: skip
    columns = ["as_evaluation", "year", "as_townships", "as_have", "as_ranked", "as_lacking", "as_highest", "as_lowest",
               "as_publication", "as_id"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def observed(made: Assessed, forms: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Each form and year: indicators (of which internal), figures, missing ones, and figures by grade of confidence."""
    import pandas as pd

    grades = ("verified", "secondary", "unverified", "judgement")
    how, rows = made.catalogue.set_index("code"), []
    table = made.observations.assign(form=made.observations["indicator"].map(how["form"]))
    for (form, year), part in table.groupby(["form", "year"], sort=False):
        codes, known = set(part["indicator"]), part[part["value"].notna()]
        rows.append({
            "as_form": form_title(forms, str(form), lang), "year": year, "as_indicators": len(codes),
            "as_internal": sum(how.at[c, "publication"] == _INTERNAL for c in codes), "as_figures": len(known),
            "as_lacking": len(part) - len(known), **{g: int((known["confidence"] == g).sum()) for g in grades},
        })  # fmt: skip
    columns = ["as_form", "year", "as_indicators", "as_internal", "as_figures", "as_lacking", *grades]
    return pd.DataFrame(rows, columns=columns)


def _worded(value: Any, families: Sequence[str], lang: str) -> Any:
    """A code by the first family that has words for it, else as it is."""
    said = (coded(family, value, lang) for family in families)
    return next((word for word in said if word != str(value)), value)


def public_table(made: Assessed, words: Words, table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """A table of a measure or evaluation in words: one language, evaluations and indicators by name."""
    from gep.report.frame_sheet import localised

    beside = [c for c in table if {f"{c}_zh", f"{c}_en"} <= set(table)]  # codes; their words stand beside them
    out = localised(table.drop(columns=beside), lang)
    names = dict(zip(made.catalogue["code"], made.catalogue[lang], strict=True))
    if "evaluation" in out:
        called = {id: name_of(made, words, str(id), lang) for id in out["evaluation"].unique()}
        out = out.assign(evaluation=out["evaluation"].map(called)).rename(columns={"evaluation": "as_evaluation"})
    for column in ("indicator", "item"):
        if column in out:
            out[column] = [names.get(v, v) for v in out[column]]
    if "indicator" in out and "name" in out and (out["indicator"] == out["name"]).all():
        out = out.drop(columns="name")  # the table says the catalogue's name itself
    if "turn" in out:
        out["turn"] = [half(str(v), lang) for v in out["turn"]]
    for column, families in _CODED.items():
        if column in out:
            out[column] = [_worded(v, families, lang) for v in out[column]]
    for column in out:  # yes or no, where a table says it as a word
        if set(out[column].unique()) <= {"yes", "no", ""}:
            out[column] = [labels.word(v, lang) for v in out[column]]
    if "zone" in out and "zone_name" in out:
        out["zone_name"] = [zone_name(r, lang) for r in out[["zone", "zone_name"]].to_dict("records")]
    return out.rename(columns={c: f"as_{c}" for c in out if c in _OWN})
