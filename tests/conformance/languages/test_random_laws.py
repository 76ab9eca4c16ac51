"""Matcher and engines agree on predicates nobody thought of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conformance.languages.probes import TONGUES, asked, columns, compiler
from conformance.languages.voters import VOTERS
from engine.predicates import composed
from huntline.detections.match import match
from huntline.model.predicate import Op, Predicate, Test
from huntline.model.query import Query, Refused
from huntline.model.scope import Binding

UNBOUND = Binding("probes", {}, {})
NAMES = st.sampled_from(["Image", "User", "Note"])
# Letters whose case is folded within ASCII and outside it, wildcards, escapes, quotes, separators, line breaks.
TEXT = st.text("aAbBÄä*?\\\"'`|()[]{}%$.\n ", min_size=1, max_size=5)
VALUES = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
WORDS: tuple[Op, ...] = ("is", "contains", "startswith", "endswith", "wildcard")
REGEXES = st.sampled_from(["a.b", "^[aA]+$", "[^a-b*]", r"\w\W", "(a|b?)+b", r"a{2,3}", r"\\", "a|^b", "ä", r"[\s.]$"])
TESTS: st.SearchStrategy[Predicate] = st.one_of(
    st.builds(Test, NAMES, st.sampled_from(WORDS), VALUES, st.booleans()),
    st.builds(Test, NAMES, st.just("regex"), REGEXES.map(lambda one: (one,)), flags=st.sampled_from(["", "i", "s"])),
    st.builds(Test, NAMES, st.just("null"), st.just(())),
    st.builds(Test, NAMES, st.just("exists"), st.sampled_from([("true",), ("false",)])),
    st.builds(Test, NAMES, st.just("fieldref"), NAMES.map(lambda name: (name,))),
    st.builds(Test, st.just("DestinationIp"), st.just("cidr"), st.sampled_from([("10.0.0.0/8",), ("2001:db8::/32",)])),
)
PREDICATES = composed(TESTS)
ADDRESSES = st.sampled_from(["10.1.2.3", "2001:db8::7", "192.168.0.1", "::ffff:10.9.9.9"])
ROW = st.fixed_dictionaries({}, optional={"Image": TEXT, "User": TEXT, "Note": TEXT, "DestinationIp": ADDRESSES})
ROWS = st.lists(ROW, min_size=1, max_size=6)
# streaming-kql compares one row after the other in Python; duckdb-kql builds a database for every example.
EXAMPLES = {"spl": 150, "eql": 150, "kql": 40}


@pytest.mark.parametrize("tongue", TONGUES)
def test_no_engine_disagrees_with_the_matcher(tongue: str) -> None:
    """A rule text finds the same rows, a hunting text no fewer."""
    law = settings(
        max_examples=EXAMPLES[tongue], deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
    )(given(PREDICATES, ROWS)(_agree))
    law(tongue)


def _agree(tongue: str, predicate: Predicate, given_rows: list[dict[str, Any]]) -> None:
    held = [{"id": f"r{at}", **row} for at, row in enumerate(given_rows)]
    asking = compiler(tongue, "typed")
    scope, detection = asking.bounds["probes"].store.scope, asked("random", predicate)
    query = asking.compile(detection, scope, UNBOUND)
    assume(isinstance(query, Query))
    assert isinstance(query, Query)
    wanted = [
        row["id"]
        for row in held
        if match(query.predicate, {name: (value,) for name, value in row.items() if name != "id"}) is not None
    ]
    rule = asking.rule(detection, scope, UNBOUND)
    (fused,) = asking.fuse([query], {}, "")
    for vote in VOTERS[tongue].values():
        hunted = vote(fused.text, held, columns(tongue, "typed"))
        assert isinstance(hunted, str) or set(wanted) <= set(hunted)
        if not isinstance(rule, Refused):
            alerted = vote(rule.text, held, columns(tongue, "typed"))
            assert isinstance(alerted, str) or wanted == alerted
