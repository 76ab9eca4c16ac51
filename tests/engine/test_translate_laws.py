"""Laws of translation: nothing of a rule is lost on its way through a pipeline, and what a language lacks only widens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.languages.probes import asked
from engine.predicates import composed
from huntline.detections.match import match
from huntline.model.pack import LogSource
from huntline.model.predicate import Every, Never, Op, Predicate, Test
from huntline.model.scope import Scope
from huntline.translate.batches import batches
from huntline.translate.loosen import Short, loosened, shortcomings
from huntline.translate.lost import Lost
from huntline.translate.pipeline import pipeline_of
from huntline.translate.rewrite import TRUE, every, some
from huntline.translate.settings import Overrides
from huntline.translate.sources import Source, Store
from huntline.translate.translator import Bound, Translated, translated

IMAGE = Test("Image", "endswith", ("\\a.exe",))
HASHES = Test(
    "Hashes", "contains", ("MD5=d41d8cd98f00b204e9800998ecf8427e", "IMPHASH=f34d5f2d4577ed6d9ceec516c1f5a744")
)


def _bound(*steps: Mapping[str, Any], overrides: Overrides | None = None, **store: Any) -> Bound:
    scope = Scope("s", "S", {LogSource("windows"): Every(())}, {}, timedelta(0), frozenset({"rule", "hunt"}), {})
    told: dict[str, Any] = {
        "native": {},
        "fields": {"*": "text"},
        "computed": {},
        "vocabulary": {},
        "implied": {},
        **store,
    }
    own = {"name": "s", "priority": 1, "transformations": list(steps)}
    source = Source("s", "S", "", timedelta(hours=1), {}, "t", "t", ("id",), False, own, (Store(scope, **told),))
    given = overrides or Overrides()
    return Bound(source, source.stores[0], given, pipeline_of(given.pipeline, own))


def _translated(predicate: Predicate, *steps: Mapping[str, Any], **store: Any) -> Translated:
    return translated(asked("r", predicate), _bound(*steps, **store))


def _lost(predicate: Predicate, *steps: Mapping[str, Any], **store: Any) -> str:
    with pytest.raises(Lost) as lost:
        _translated(predicate, *steps, **store)
    return lost.value.code


DROP = {"type": "drop_detection_item", "field_name_conditions": [{"type": "include_fields", "fields": ["Initiated"]}]}


def test_a_test_that_a_pipeline_drops_is_told() -> None:
    """Stock pipelines drop `Initiated`: a rule then finds inbound connections, and a filter hides them."""
    initiated = Test("Initiated", "is", ("true",))

    assert "dropped_test" == _lost(every(IMAGE, initiated), DROP)
    assert "dropped_test" == _lost(every(IMAGE, Never(initiated)), DROP)


def test_a_value_that_a_pipeline_drops_is_told() -> None:
    """A hash of a kind the target has no column for would vanish from the list without a word."""
    step = {"type": "hashes_fields", "valid_hash_algos": ["MD5"], "field_prefix": "file_"}

    assert "dropped_test" == _lost(HASHES, step)


def test_a_part_of_a_hash_is_no_whole_hash() -> None:
    """pySigma cuts the stars off: the column would have to equal the first half of a digest."""
    step = {"type": "hashes_fields", "valid_hash_algos": ["MD5"], "field_prefix": "file_"}

    assert "pipeline" == _lost(Test("Hashes", "contains", ("MD5=d41d8cd98f",)), step)


def test_every_kind_of_hash_finds_its_column() -> None:
    """What was one list becomes alternatives, and all of them."""
    step = {"type": "hashes_fields", "valid_hash_algos": ["MD5", "IMPHASH"], "field_prefix": "file_"}
    found = _translated(HASHES, step)

    assert {"file_MD5": ("Hashes",), "file_IMPHASH": ("Hashes",)} == found.reads
    assert (
        some(
            Test("file_MD5", "is", ("d41d8cd98f00b204e9800998ecf8427e",)),
            Test("file_IMPHASH", "is", ("f34d5f2d4577ed6d9ceec516c1f5a744",)),
        )
        == found.predicate
    )


def test_a_field_of_several_names_is_any_of_them() -> None:
    """And its negation none of them."""
    step = {"type": "field_name_mapping", "mapping": {"Image": ["process", "path"]}}
    found = _translated(every(Test("User", "is", ("x",)), Never(IMAGE)), step)

    assert (
        every(
            Test("User", "is", ("x",)),
            Never(some(Test("process", "endswith", ("\\a.exe",)), Test("path", "endswith", ("\\a.exe",)))),
        )
        == found.predicate
    )


@pytest.mark.parametrize(
    ("negated", "wanted"), [(False, Test("index", "is", ("main",))), (True, Never(Test("index", "is", ("main",))))]
)
def test_a_condition_that_a_pipeline_adds_is_kept(negated: bool, wanted: Predicate) -> None:
    """A tenant scopes rules this way."""
    step = {"type": "add_condition", "conditions": {"index": "main"}, "negated": negated}

    assert every(wanted, IMAGE) == _translated(IMAGE, step).predicate


def test_a_pipeline_that_refuses_is_quoted() -> None:
    """The reason a colleague wrote into the pipeline is the reason the reader sees."""
    step = {"type": "rule_failure", "message": "not on this host class"}
    with pytest.raises(Lost, match="not on this host class") as lost:
        _translated(IMAGE, step)

    assert "pipeline" == lost.value.code


def test_the_word_of_a_closed_vocabulary_is_translated_or_refused() -> None:
    """`true` never stands in a field that says egress: the test would never hold, the filter never filter."""
    rename = {"type": "field_name_mapping", "mapping": {"Initiated": "direction"}}
    words = {
        "type": "map_string",
        "mapping": {"true": "egress"},
        "field_name_conditions": [{"type": "include_fields", "fields": ["direction"]}],
    }
    initiated, closed = Test("Initiated", "is", ("true",)), {"vocabulary": {"direction": ("egress", "ingress")}}

    assert "value_vocabulary" == _lost(initiated, rename, **closed)
    assert Test("direction", "is", ("egress",)) == _translated(initiated, rename, words, **closed).predicate


def test_what_the_log_source_answers_by_itself_is_left_out() -> None:
    """Rules of a category often name its event id as well."""
    implied = {"implied": {LogSource("windows"): {"EventID": ("1",)}}}

    assert IMAGE == _translated(every(IMAGE, Test("EventID", "is", ("1", "4688"))), **implied).predicate
    assert "never" == _lost(every(IMAGE, Test("EventID", "is", ("3",))), **implied)


def test_a_field_the_store_lacks_is_told_and_read_as_absent() -> None:
    """A rule is refused for it; a hunt goes on where another branch can still find something."""
    found = _translated(some(IMAGE, Test("Product", "is", ("x",))), fields={"Image": "text"})

    assert (("Product",), IMAGE) == (found.unmapped, found.readable)
    assert "unmapped_field" == _lost(every(IMAGE, Test("Product", "is", ("x",))), fields={"Image": "text"})


def test_a_kind_of_event_has_only_its_own_fields() -> None:
    """A column of the table that this kind never fills would be a text that never matches."""
    kinds = {LogSource("windows"): frozenset({"Image"}), LogSource("linux"): frozenset({"Image", "CommandLine"})}
    held = {"fields": {"Image": "text", "CommandLine": "text", "Computer": "text"}, "held": kinds}
    everywhere = every(IMAGE, Test("Computer", "is", ("x",)))

    assert "unmapped_field" == _lost(every(IMAGE, Test("CommandLine", "is", ("x",))), **held)
    assert everywhere == _translated(everywhere, **held).readable


def test_a_rule_that_asks_for_everything_is_refused() -> None:
    """It would be the whole store."""
    implied = {"implied": {LogSource("windows"): {"EventID": ("1",)}}}

    assert "unscoped" == _lost(Test("EventID", "is", ("1",)), **implied)


def test_a_tenants_own_field_goes_past_the_sources_pipeline() -> None:
    """Its name is final, whatever the source would have made of it."""
    step = {"type": "field_name_mapping", "mapping": {"Image": "process", "my_image": "lost"}}
    bound = _bound(step, overrides=Overrides(fields={"Image": "my_image"}))

    assert {"my_image": ("Image",)} == translated(asked("r", IMAGE), bound).reads


def test_a_tenants_pipeline_comes_before_the_sources() -> None:
    """What it renames the source's pipeline maps on."""
    own = {
        "name": "t",
        "priority": 1,
        "transformations": [{"type": "field_name_mapping", "mapping": {"Image": "Picture"}}],
    }
    bound = _bound({"type": "field_name_mapping", "mapping": {"Picture": "path"}}, overrides=Overrides(pipeline=own))

    assert {"path": ("Image",)} == translated(asked("r", IMAGE), bound).reads


def test_translating_changes_neither_rule_nor_source() -> None:
    """Pipelines change what they are given in place, and the second platform would fail on it."""
    step = {"type": "hashes_fields", "valid_hash_algos": ["MD5", "IMPHASH"]}
    bound, detection = _bound(step), asked("r", HASHES)

    assert translated(detection, bound) == translated(detection, bound)
    assert HASHES == detection.predicate


@given(st.lists(st.integers(0, 9)), st.integers(1, 4), st.integers(0, 20))
def test_files_hold_everything_in_order_and_none_too_much(sizes: list[int], most: int, longest: int) -> None:
    """An import refuses a file that is too large whole; and needless files are needless work by hand."""
    found = [*batches("rules.json", sizes, int, most=most, longest=longest)]
    files = [some for _, some in found]

    assert sizes == [one for some in files for one in some]
    assert ["rules.json", *(f"rules-{at}.json" for at in range(2, 99))][: len(files)] == [name for name, _ in found]
    assert all(len(some) == 1 or (len(some) <= most and sum(some) <= longest) for some in files)
    assert all(len(one) == most or sum(one) + after[0] > longest for one, after in pairwise(files))


NAMES = st.sampled_from("ABC")
VALUES = st.lists(st.text("aAbä*?\\ ", max_size=3), min_size=1, max_size=2).map(tuple)
OPS: tuple[Op, ...] = ("is", "contains", "startswith", "endswith", "wildcard")
TESTS: st.SearchStrategy[Predicate] = st.one_of(
    st.builds(Test, NAMES, st.sampled_from(OPS), VALUES, st.booleans()),
    st.builds(Test, st.just(""), st.just("keyword"), VALUES),
    st.builds(Test, NAMES, st.just("null"), st.just(())),
    st.builds(Test, NAMES, st.just("regex"), st.just(("a.b",)), flags=st.sampled_from(["", "i"])),
    st.builds(Test, NAMES, st.just("cidr"), st.just(("10.0.0.0/8",))),
)
PREDICATES = composed(TESTS)
ROWS = st.dictionaries(NAMES, st.text("aAbä ", min_size=1, max_size=3).map(lambda one: (one,)))


@given(PREDICATES, ROWS)
def test_a_pipeline_that_renames_keeps_every_match(predicate: Predicate, row: dict[str, tuple[str, ...]]) -> None:
    """The predicate over native names decides on native rows as the rule does on Sigma's."""
    step = {"type": "field_name_mapping", "mapping": {name: f"n.{name}" for name in "ABC"}}
    try:
        found = _translated(predicate, step)
    except Lost:
        return
    native = {f"n.{name}": values for name, values in row.items()}

    assert (match(predicate, row) is None) == (match(found.predicate, native) is None)


@given(
    PREDICATES,
    ROWS,
    st.sets(st.sampled_from(["is", "contains", "wildcard", "regex", "null", "keyword", "cidr"])),
    st.booleans(),
)
def test_loosening_never_finds_less(
    predicate: Predicate, row: dict[str, tuple[str, ...]], lacking: set[str], wide: bool
) -> None:
    """Whatever a language lacks, and wherever it stands in a rule, under how many negations."""

    def fit(test: Test) -> Short | None:
        instead = Test(test.field, "exists", ("true",)) if wide and test.op not in ("null", "keyword") else TRUE
        return Short("lacks", test.op, instead) if test.op in lacking else None

    said = loosened(predicate, fit)

    assert match(predicate, row) is None or match(said, row) is not None
    assert shortcomings(predicate, fit) or (match(predicate, row) is None) == (match(said, row) is None)
