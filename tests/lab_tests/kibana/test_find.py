"""Laws of many rules: pages, filters, order, and writes that do not show yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.kibana.app import RULES
from lab.kibana.settings import KibanaSettings
from lab.serve.faults import Bend, Fault, When
from lab_tests.kibana.served import Asked, kibana, rule

TAG = 'alert.attributes.tags: "huntline:p/1/s:abc"'


def names(found: Any) -> list[str]:
    return [one["rule_id"] for one in found["data"]]


def three(there: Asked) -> None:
    """Make three rules: two of ours, one that looks like it."""
    there.post(rule_id="a", name="Alpha one", tags=["huntline:p/1/s:abc", "x"], severity="low")
    there.post(rule_id="b", name="Bravo", tags=["huntline:p/2/s:def"], severity="critical", enabled=True)
    there.post(rule_id="c", name="alpha Two", tags=["Huntline:p/1/s:abc"], severity="high")


def test_a_page_has_twenty_rules_unless_told(tmp_path: Path) -> None:
    """Whoever reads one page misses the rest; the total tells."""
    with kibana(tmp_path) as there:
        for number in range(25):
            there.post(rule_id=f"r{number:02}")
        first, second, all_of_them = there.find(), there.find(page=2), there.find(per_page=100)

    assert (20, 5, 25, 25) == (len(first["data"]), len(second["data"]), first["total"], len(all_of_them["data"]))
    assert (1, 20, 2) == (first["page"], first["perPage"], second["page"])


@pytest.mark.parametrize(("asked", "found"), [
    (TAG, "a"),
    (r"alert.attributes.tags: huntline\:*", "ab"),
    ("alert.attributes.tags: (x or \"huntline:p/2/s:def\")", "ab"),
    ('alert.attributes.tags: "huntline:*"', ""),
    ("alert.attributes.params.ruleId: c", "c"),
    ("alert.attributes.enabled: true", "b"),
    ("not alert.attributes.enabled: true and alert.attributes.name: alpha", "ac"),
    ('alert.attributes.name: "alpha one"', "a"),
    ("alert.attributes.name.keyword: Alpha*", "a"),
    ("", "abc"),
])  # fmt: skip
def test_a_filter_is_kibanas_query_language(asked: str, found: str, tmp_path: Path) -> None:
    """Tags compare whole, by case, and a quoted star is a star; names are text."""
    with kibana(tmp_path) as there:
        three(there)
        assert list(found) == names(there.find(filter=asked))


@pytest.mark.parametrize("asked", ["tags: x", "alert.attributes.tags:", "alert.attributes.tags: (x", "x"])
def test_a_filter_that_does_not_read_is_refused(asked: str, tmp_path: Path) -> None:
    """It is not passed over."""
    with kibana(tmp_path) as there:
        assert 400 == there.find(filter=asked)[0]


def test_rules_are_sorted_as_asked(tmp_path: Path) -> None:
    """By rank of severity; a field without an order, or the other way round, is refused."""
    with kibana(tmp_path) as there:
        three(there)
        ranked = there.find(sort_field="severity", sort_order="desc")
        named = there.find(sort_field="name", sort_order="asc")
        refused = [there.find(sort_field="name")[0], there.find(sort_field="tags", sort_order="asc")[0]]

    assert (["b", "c", "a"], ["a", "c", "b"], [400, 400]) == (names(ranked), names(named), refused)


def test_without_an_order_a_written_rule_moves_to_the_end(tmp_path: Path) -> None:
    """Pages shift under writes: a reader that does not sort sees one twice and misses another."""
    with kibana(tmp_path) as there:
        three(there)
        there.put(rule(rule_id="a"))
        assert ["b", "c", "a"] == names(there.find())


def test_paging_ends_at_the_result_window(tmp_path: Path) -> None:
    """Ten thousand rules; the eleventh thousand is refused, not empty."""
    with kibana(tmp_path, settings=KibanaSettings(window=40)) as there:
        assert ([], 400) == (there.find(page=2)["data"], there.find(page=3)[0])


def test_a_write_shows_late_in_a_search_and_at_once_by_its_id(tmp_path: Path) -> None:
    """By requests: made, changed and deleted rules alike."""
    with kibana(tmp_path, settings=KibanaSettings(lag_requests=2)) as there:
        there.post(rule_id="a", name="Old")
        early, by_id, _, late = there.find()["total"], there.get("a")[0], there.find(), there.find()["total"]
        there.put(rule(rule_id="a", name="New"))
        stale, _, fresh = (there.find()["data"][0]["name"] for _ in range(3))
        there.http("DELETE", f"{RULES}?rule_id=a")
        ghosts = [there.find()["total"] for _ in range(3)]

    assert (0, 200, 1) == (early, by_id, late)
    assert ("Old", "New", [1, 1, 0]) == (stale, fresh, ghosts)


def test_a_search_can_lag_by_seconds(tmp_path: Path) -> None:
    """By the script, on one request."""
    with kibana(tmp_path, Fault(Bend("lag", 60), When(path="_find"))) as there:
        there.post()
        assert [0, 1] == [there.find()["total"], there.find()["total"]]


def test_a_read_can_be_one_write_old(tmp_path: Path) -> None:
    """What a replica may say: the revision before."""
    with kibana(tmp_path, Fault(Bend("stale_revision"), When(method="GET", nth=1))) as there:
        there.post()
        there.put(rule(name="Two"))
        assert [(0, "One"), (1, "Two")] == [(one["revision"], one["name"]) for one in (there.get()[1], there.get()[1])]


def test_tags_are_told(tmp_path: Path) -> None:
    """Each once, over all rules."""
    with kibana(tmp_path) as there:
        three(there)
        status, body = there.http("GET", "/api/detection_engine/tags")

    assert (200, ["Huntline:p/1/s:abc", "huntline:p/1/s:abc", "huntline:p/2/s:def", "x"]) == (status, body)
