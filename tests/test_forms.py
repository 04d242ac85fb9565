"""Forms as data: those shipped are sound, a county's own takes their place, what is unsound is told."""

import form_entries
import pytest

from gep import forms, units
from gep.errors import GepError


@pytest.mark.parametrize("form", forms.shipped().values(), ids=lambda f: f.form)
def test_shipped(form):
    assert form.number
    assert form.zh
    assert form.en
    assert form.basis_zh
    assert form.basis_en
    assert form.confidence != "verified"  # no official text was obtained
    for column in form.columns:
        units.parse(form.unit_of(column.id))
        assert not column.group or " / " in column.group, column.id
        if column.ratio:
            a, b = (form.unit_of(c) for c in column.ratio)
            units.factor(f"{a}/({b})", form.unit_of(column.id))
        for part in column.mean:
            assert form.column(part).weight is not None
        for part in column.of:
            assert form.unit_of(part) == form.unit_of(column.id)
            assert form.decimals_of(part) == form.decimals_of(column.id)
    # on a form whose columns go down, lines need names of their own within a group
    names = [(c.group, c.zh, form.unit_of(c.id)) for c in form.columns]
    assert len(set(names)) == len(names)
    assert len({r.zh for r in form.rows}) == len(form.rows)


def test_own_form_in_its_place(tmp_path):
    (tmp_path / "own.yaml").write_text(form_entries.OWN, "utf-8")
    known = forms.forms_of({"land": "own.yaml"}, tmp_path)
    own = known["land"]
    assert list(known) == list(forms.shipped())
    assert own.number == "县土01"
    assert (own.the("opening"), own.the("closing")) == ("a", "e")
    assert own.top("addition") == ("up",)
    assert own.leaves("rows") == ("e", "a", "up1", "up2", "down")
    assert own.leaves("columns") == ("wet", "drained", "wood")
    assert (own.named("columns", " 水 田"), own.named("rows", "Start of year"), own.named("rows", "无")) == (
        "wet",
        "a",
        None,
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{id: wet,", "{id: drained,", "twice drained"),
        ("of: [wet, drained]", "of: [wet, moor]", "unknown moor"),
        ("{id: e, zh: 年末数, en: End of year, role: closing}", "{id: e, zh: 年末, en: E, role: memo}", "one closing"),
        ("en: Other up, role: addition", "en: Other up, role: reduction", "another role in up"),
        ("{id: up1, zh: 开荒, en: Cleared, role: addition}",
         "{id: up1, zh: 开荒, en: Cleared, role: addition, of: [up]}", "part of itself"),
        ("rows:", "  - {id: grade, zh: 平均等, en: Mean grade, mean: [wet, drained]}\nrows:", "weight of wet, drained"),
    ],
)  # fmt: skip
def test_unsound(tmp_path, old, new, says):
    assert old in form_entries.OWN
    (tmp_path / "own.yaml").write_text(form_entries.OWN.replace(old, new), "utf-8")
    with pytest.raises(GepError) as error:
        forms.forms_of({"land": "own.yaml"}, tmp_path)
    assert [f.code for f in error.value.faults] == ["GEP-H001"]
    assert says in error.value.faults[0].en


def test_another_form_than_it_is_named_for(tmp_path):
    (tmp_path / "own.yaml").write_text(form_entries.OWN, "utf-8")
    with pytest.raises(GepError) as error:
        forms.forms_of({"timber": "own.yaml"}, tmp_path)
    assert [f.code for f in error.value.faults] == ["GEP-H002"]
