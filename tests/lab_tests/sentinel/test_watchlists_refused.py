"""Laws of what the service does not take: forms, limits, who asks, how often."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.sentinel.roles import CONTRIBUTOR, READER
from lab.sentinel.settings import DEPLOYER, SentinelSettings
from lab.serve.faults import Fault, Refusal, When
from lab_tests.sentinel.listed import ALIAS, HOSTS, LISTS, hosts, listed

ITEM = "2f0c7f3a-1b7c-4a55-9d4e-3f6d2a8c9e01"
BODY = {"properties": {"itemsKeyValue": {"Host": "WS-3", "Why": "x" * 200}}}


@pytest.mark.parametrize(
    ("raw", "said", "words"),
    [
        (HOSTS, {"itemsSearchKey": None}, "Required property 'itemsSearchKey'"),
        (HOSTS, {"provider": ""}, "Required property 'provider'"),
        (HOSTS, {"itemsSearchKey": "Name"}, "is no column"),
        (HOSTS, {"contentType": "text/plain"}, "needs a 'contentType'"),
        (HOSTS, {"numberOfLinesToSkip": -1}, "'numberOfLinesToSkip'"),
        (HOSTS, {"labels": "one"}, "'labels' is no list"),
        (HOSTS, {"displayName": "No"}, "3 to 64 characters"),
        (HOSTS, {"defaultDuration": "a year"}, "'defaultDuration'"),
        ("", {}, "no header"),
        ("Host,host\nWS-1,x\n", {}, "a name twice"),
        ("Host,Why\nWS-1\n", {}, "has 1 values for 2 columns"),
        ("Host,Why\n ,seen\n", {}, "Line 2 of the watchlist's content has a blank search key"),
    ],
)  # fmt: skip
def test_a_list_with_a_wrong_form_is_not_saved(tmp_path: Path, raw: str, said: dict[str, Any], words: str) -> None:
    """400 with the first thing that is wrong, and nothing is kept."""
    with listed(tmp_path) as there:
        refused = there.put(hosts(raw, **said))

        assert (400, True, []) == (refused.status, words in refused.body["error"]["message"], there.all())


@pytest.mark.parametrize(
    ("alias", "status"),
    [("a1-_ b", 201), ("a" * 64, 201), ("a" * 65, 400), ("ab", 400), ("-abc", 400), ("abc_", 400), ("a.bc", 400)],
)
def test_an_alias_has_3_to_64_characters_of_a_few_kinds(tmp_path: Path, alias: str, status: int) -> None:
    """The first and the last a letter or a digit."""
    with listed(tmp_path) as there:
        assert status == there.put(hosts(), alias=alias).status


def test_a_list_keeps_its_search_key(tmp_path: Path) -> None:
    """What queries join by."""
    with listed(tmp_path) as there:
        there.put(hosts())

        assert 400 == there.put(hosts(None, itemsSearchKey="Why")).status


def test_a_file_and_its_lines_have_a_size(tmp_path: Path) -> None:
    """3.8 MB and 10,240 characters, in the real thing."""
    real = SentinelSettings()
    with listed(tmp_path, list_size=300, item_size=200) as there:
        long = "Host,Why\n" + "".join(f"WS-{turn},{'x' * 40}\n" for turn in range(8))
        said = [
            there.put(hosts(f"Host,Why\nWS-1,{'x' * 200}\n")).status,
            there.put(hosts(long)).status,
            there.put(hosts()).status,
            there.item("PUT", ITEM, BODY).status,
        ]

    assert ([400, 400, 201, 400], (3_800_000, 10_240)) == (said, (real.list_size, real.item_size))


@pytest.mark.parametrize("limit", [{"list_items": 3}, {"list_changes": 3}])
def test_a_workspace_has_so_many_items_and_changes(tmp_path: Path, limit: dict[str, Any]) -> None:
    """10 million, and 100,000 changes a month, deletions and rewrites included."""
    with listed(tmp_path, **limit) as there:
        codes = [there.put(hosts()).status, there.put(hosts(), alias="another").status]

    assert [201, 400] == codes


def test_a_list_too_large_for_the_wire_is_refused_in_words_of_its_own(tmp_path: Path) -> None:
    """At full size: a file of 3.8 MB is taken, and one line more is not."""
    line = f"{'x' * 97},1\n"
    with listed(tmp_path, list_looks=1_000) as there:
        fits = "Host,Why\n" + line * 37_999
        codes = [there.put(hosts(fits), alias="fits").status, there.put(hosts(fits + line), alias="over").status]

    assert [201, 400] == codes


def test_a_reader_may_look_and_not_write(tmp_path: Path) -> None:
    """403 with the action's name; Log Analytics Contributor has no hold on watchlists either."""
    for role in (READER, CONTRIBUTOR):
        with listed(tmp_path, application=replace(DEPLOYER, role=role)) as there:
            said = [there.put(hosts()), there.delete(), there.item("PUT", ITEM, BODY), there.item("DELETE", ITEM)]
            actions = [one.body["error"]["message"].split("perform action '")[-1].split("'")[0] for one in said]

            assert ([403] * 4, 404, []) == ([one.status for one in said], there.get().status, there.all())
            assert [
                "Microsoft.SecurityInsights/watchlists/write",
                "Microsoft.SecurityInsights/watchlists/delete",
                "Microsoft.SecurityInsights/watchlists/watchlistItems/write",
                "Microsoft.SecurityInsights/watchlists/watchlistItems/delete",
            ] == actions


def test_watchlists_are_not_managed_through_lighthouse(tmp_path: Path) -> None:
    """Whatever was delegated: not supported, say the documents; reading is."""
    with listed(tmp_path, application=replace(DEPLOYER, delegated=True)) as there:
        assert (403, 403, 404) == (there.put(hosts()).status, there.delete().status, there.get().status)


def test_writes_are_counted_and_refused_as_those_of_rules(tmp_path: Path) -> None:
    """One count for all that a principal writes; and the frame's own refusals."""
    with listed(tmp_path, Fault(Refusal(503, wait=1), When(method="DELETE")), writes=2) as there:
        said = [there.put(hosts()), there.delete(), there.put(hosts(None)), there.put(hosts(None))]

    assert [201, 503, 200, 429] == [one.status for one in said]
    assert 0 < int(said[3].headers["Retry-After"]) <= 3_600


def test_a_watchlists_version_is_asked_for_and_must_be_known(tmp_path: Path) -> None:
    """That of rules, not that of tables."""
    with listed(tmp_path) as there:
        there.put(hosts())
        said = [there.arm.arm("GET", f"{LISTS}/{ALIAS}", version=one).status for one in ("2025-07-01", "2024-09-01")]

    assert [400, 200] == said


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    """404 for a list, its items, one of them, and an operation that nobody began."""
    with listed(tmp_path) as there:
        there.put(hosts())
        paths = [
            "nobody",
            "nobody/watchlistItems",
            f"{ALIAS}/watchlistItems/{ITEM}",
            f"{ALIAS}/watchlistStatuses/{ITEM}",
        ]

        assert [404] * 4 == [there.arm.arm("GET", f"{LISTS}/{path}").status for path in paths]
