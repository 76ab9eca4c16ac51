"""Laws of what an upload does to a list: through which states, when its items are there, and that it takes nothing away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.serve.faults import Bend, Fault, When
from lab_tests.sentinel.listed import ALIAS, HOSTS, Listed, hosts, listed
from lab_tests.sentinel.served import until

FOUR = "Host,Why\nWS-1,a\nWS-2,b\nWS-3,c\nWS-4,d\n"


def test_an_upload_passes_through_its_states(tmp_path: Path) -> None:
    """New, InProgress, Uploading, Succeeded: a list that is there is not yet a list that can be used."""
    with listed(tmp_path, list_looks=3) as there:
        first = there.put(hosts()).body["properties"]
        states = there.states(4)
        said = there.get().body["properties"]["uploadStatus"]

    assert ("New", "New") == (first["provisioningState"], first["uploadStatus"])
    assert (["InProgress", "Uploading", "Succeeded", "Succeeded"], "Complete") == (states, said)


def test_the_operation_says_how_the_upload_goes_on(tmp_path: Path) -> None:
    """At the address that the answer to the PUT names: InProgress, then how it ended."""
    with listed(tmp_path, list_looks=2) as there:
        told = there.put(hosts()).headers["Azure-AsyncOperation"]
        said = [there.arm.follow(told).body["status"] for _ in range(3)]

    assert ["InProgress", "Succeeded", "Succeeded"] == said


def test_items_come_after_the_state_says_that_all_is_well(tmp_path: Path) -> None:
    """The first half while it is uploaded, the rest some looks after Succeeded: whoever does not count has half a list."""
    with listed(tmp_path, list_looks=3, item_looks=2) as there:
        there.put(hosts(FOUR))
        counts = []
        for _ in range(5):
            state = there.get().body["properties"]["provisioningState"]
            counts.append((state, len(there.arm.asked.lab.watchlists.items(ALIAS))))

    assert [("InProgress", 0), ("Uploading", 2), ("Succeeded", 2), ("Succeeded", 2), ("Succeeded", 4)] == counts


def test_reading_the_items_is_a_look_too(tmp_path: Path) -> None:
    """So that a list fills while its items are counted."""
    with listed(tmp_path, list_looks=3, item_looks=1) as there:
        there.put(hosts(FOUR))

        assert [0, 2, 2, 4] == [len(there.items()) for _ in range(4)]


def test_by_the_clock_an_upload_takes_its_time(tmp_path: Path) -> None:
    """Where nobody counts looks."""
    with listed(tmp_path, list_seconds=1.5, item_seconds=0.3) as there:
        begun = there.put(hosts(FOUR)).body["properties"]["provisioningState"]
        until(lambda: there.states(1) == ["Succeeded"])
        until(lambda: len(there.items()) == 4)

    assert "New" == begun


def test_an_upload_to_a_list_appends_and_takes_nothing_away(tmp_path: Path) -> None:
    """The trap: what is not in the new file stays on the list, until it is deleted by itself or with the list."""
    with listed(tmp_path) as there:
        there.put(hosts())
        there.put(hosts("Host,Why\nWS-2,guessed\nWS-3,new\n"))

        assert ["WS-1", "WS-2", "WS-3"] == there.values()


@pytest.mark.parametrize(("same_key", "whys"), [("appended", ["seen", "other"]), ("replaced", ["other"])])
def test_a_row_with_a_key_that_is_there_and_other_values(tmp_path: Path, same_key: str, whys: list[str]) -> None:
    """The documentation has it stand beside the old one, a tool of the field in its place; an equal row is no second item."""
    with listed(tmp_path, same_key=same_key) as there:
        there.put(hosts("Host,Why\nWS-1,seen\n"))
        there.put(hosts("Host,Why\nWS-1,other\nWS-1,other\n"))

        assert whys == [one["properties"]["itemsKeyValue"]["Why"] for one in there.items()]


def test_a_write_without_content_leaves_the_items_and_the_upload_that_goes_on(tmp_path: Path) -> None:
    """Labels may change while a list is filled."""
    with listed(tmp_path, list_looks=2, item_looks=1) as there:
        there.put(hosts(FOUR))
        state = there.put(hosts(None, labels=["other"])).body["properties"]["provisioningState"]
        counts = [len(there.items()) for _ in range(3)]

    assert ("New", [0, 2, 4]) == (state, counts)


def test_a_second_upload_waits_for_the_first(tmp_path: Path) -> None:
    """409 while it goes on; after it, nothing of the first is lost by the second."""
    with listed(tmp_path, list_looks=2, item_looks=5) as there:
        there.put(hosts(FOUR))
        early = there.put(hosts("Host,Why\nWS-5,e\n")).status
        there.states(2)
        late = there.put(hosts("Host,Why\nWS-5,e\n")).status
        there.states(7)

        assert (409, 200, ["WS-1", "WS-2", "WS-3", "WS-4", "WS-5"]) == (early, late, there.values())


def test_a_list_that_is_uploaded_cannot_be_deleted(tmp_path: Path) -> None:
    """As the specification says of it."""
    with listed(tmp_path, list_looks=1) as there:
        there.put(hosts())
        codes = [there.delete().status, there.states(1), there.delete().status]

    assert [409, ["Succeeded"], 202] == codes


def test_an_alias_is_not_free_while_its_list_is_deleted(tmp_path: Path) -> None:
    """409, for as long as it takes; the list shows as Deleting until it is gone."""
    with listed(tmp_path, list_looks=2) as there:
        there.put(hosts())
        there.states(2)
        told = there.delete().headers["Azure-AsyncOperation"]
        refused, state = there.put(hosts()), there.states(1)
        done, made = there.arm.follow(told).body["status"], there.put(hosts()).status

    assert (409, "Delete is currently in progress.") == (refused.status, refused.body["error"]["message"])
    assert (["Deleting"], "Succeeded", 201) == (state, done, made)


def test_an_upload_may_fail_halfway(tmp_path: Path) -> None:
    """By script: Failed, with the first half of its items on the list for good; the next upload makes it whole."""
    with listed(tmp_path, Fault(Bend("list_failed"), When(method="PUT"))) as there:
        state = there.put(hosts(FOUR)).body["properties"]["provisioningState"]
        half = there.values()
        again = there.put(hosts(FOUR)).body["properties"]["provisioningState"]

        assert ("Failed", ["WS-1", "WS-2"], "Succeeded", 4) == (state, half, again, len(there.values()))


def test_an_upload_may_be_slow(tmp_path: Path) -> None:
    """By script: so many looks more."""
    with listed(tmp_path, Fault(Bend("list_slow", 3), When(method="PUT")), list_looks=1) as there:
        there.put(hosts())

        assert ["New", "InProgress", "Uploading", "Succeeded"] == there.states(4)


@pytest.mark.parametrize(
    ("raw", "said", "expected"),
    [
        ("Host,Why\r\nWS-1,seen\r\n", {}, {"Host": "WS-1", "Why": "seen"}),
        ("Made by hand\n\nHost,Why\nWS-1,seen\n", {"numberOfLinesToSkip": 2}, {"Host": "WS-1", "Why": "seen"}),
        ('Host,Why\nWS-1,"a, ""b"""\n\n', {}, {"Host": "WS-1", "Why": 'a, "b"'}),
        ("Host\tWhy\nWS-1\tseen\n", {"contentType": "text/tsv"}, {"Host": "WS-1", "Why": "seen"}),
        ("Host,Why\nWS-1,seen\n", {"contentType": "Text/Csv"}, {"Host": "WS-1", "Why": "seen"}),
    ],
    ids=["lines of Windows", "lines to skip", "quoted", "tabs", "case of the type"],
)
def test_a_file_is_read_as_its_type_says(
    tmp_path: Path, raw: str, said: dict[str, Any], expected: dict[str, str]
) -> None:
    """One item to a line."""
    with listed(tmp_path) as there:
        there.put(hosts(raw, **said))

        assert [expected] == [one["properties"]["itemsKeyValue"] for one in there.items()]


def test_queries_see_a_change_later_than_the_api_does(tmp_path: Path) -> None:
    """What a rule finds hangs on what queries see: counting by the API proves nothing of it."""
    with listed(tmp_path / "later", ingest_seconds=3_600) as there:
        there.put(hosts())
        early = (there.values(), there.queried())
    with listed(tmp_path / "soon", ingest_seconds=0.5) as there:
        there.put(hosts())
        until(lambda: there.queried() == ["WS-1", "WS-2"])

    assert (["WS-1", "WS-2"], []) == early


def test_queries_may_see_the_deleted_list_and_the_new_one_together(tmp_path: Path) -> None:
    """For up to five minutes after an alias was made again: editing a list is safer than deleting it."""
    with listed(tmp_path / "later", forget_seconds=3_600) as there:
        _made_again(there)
        both = there.queried()
    with listed(tmp_path / "soon", forget_seconds=0.5) as there:
        _made_again(there)
        until(lambda: there.queried() == ["WS-9"])

    assert ["WS-1", "WS-2", "WS-9"] == both


def _made_again(there: Listed) -> None:
    there.put(hosts(HOSTS))
    there.delete()
    there.put(hosts("Host,Why\nWS-9,new\n"))
