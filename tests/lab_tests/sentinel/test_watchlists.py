"""Laws of watchlists: saved, guarded by etags, listed by pages, deleted; their items one by one."""

from __future__ import annotations

from pathlib import Path

from lab.serve.faults import Bend, Fault, When
from lab_tests.sentinel.listed import ALIAS, HOSTS, LISTS, MARK, hosts, listed

ITEM = "2f0c7f3a-1b7c-4a55-9d4e-3f6d2a8c9e01"


def test_a_watchlist_is_made_and_then_saved_over(tmp_path: Path) -> None:
    """201, then 200; its id and who made it stay, and what the second write does not say has gone."""
    with listed(tmp_path) as there:
        first = there.put(hosts(description="Ours"))
        second = there.put(hosts(None, displayName="Renamed"))
        read = there.get()

    assert (201, 200, 200) == (first.status, second.status, read.status)
    assert second.body == read.body
    before, after = first.body["properties"], read.body["properties"]
    assert ("Renamed", None, [MARK]) == (after["displayName"], after["description"], after["labels"])
    kept = ("watchlistId", "created", "createdBy")
    assert [before[name] for name in kept] == [after[name] for name in kept]


def test_a_watchlist_is_answered_without_its_items_and_what_was_uploaded(tmp_path: Path) -> None:
    """Whoever wants to know whether a list is as it was left has to read its items."""
    with listed(tmp_path) as there:
        said = there.put(hosts()).body

    assert (ALIAS, "Microsoft.SecurityInsights/Watchlists") == (said["name"], said["type"])
    assert {"rawContent", "contentType", "items"}.isdisjoint(said["properties"])
    assert ("Complete", "Succeeded", False) == tuple(
        said["properties"][name] for name in ("uploadStatus", "provisioningState", "isDeleted")
    )


def test_an_etag_that_is_the_lists_lets_a_write_through_and_an_old_one_does_not(tmp_path: Path) -> None:
    """409, and nothing was saved; without an etag the last write wins."""
    with listed(tmp_path) as there:
        etag = there.put(hosts()).body["etag"]
        good = there.put(hosts(None, etag=etag, labels=["good"]))
        late = there.put(hosts("Host,Why\nWS-3,late\n", etag=etag, labels=["late"]))
        kept, values = there.get().body, there.values()
        blind = there.put(hosts(None, labels=["blind"])).status

    assert (200, 409, "Conflict", 200) == (good.status, late.status, late.body["error"]["code"], blind)
    assert (["good"], ["WS-1", "WS-2"]) == (kept["properties"]["labels"], values)


def test_case_does_not_count_in_an_alias(tmp_path: Path) -> None:
    """As everywhere in Resource Manager; the first spelling stays."""
    with listed(tmp_path) as there:
        there.put(hosts())
        again = there.put(hosts(None), alias=ALIAS.upper())

        assert (200, ALIAS, 1) == (again.status, again.body["name"], len(there.all()))


def test_watchlists_and_items_come_in_pages_by_nextlink(tmp_path: Path) -> None:
    """All of them, once each: whoever reads one page only takes a hundred items for all."""
    raw = "Host,Why\n" + "".join(f"WS-{turn},\n" for turn in range(250))
    with listed(tmp_path, page=2) as there:
        for turn in range(5):
            there.put(hosts(raw if turn == 0 else HOSTS), alias=f"list {turn}")
        first = there.arm.arm("GET", f"{LISTS}/list 0/watchlistItems").body
        lists, items = there.all(), there.items("list 0")

    assert [f"list {turn}" for turn in range(5)] == [one["name"] for one in lists]
    assert (100, [f"WS-{turn}" for turn in range(250)]) == (
        len(first["value"]),
        [one["properties"]["itemsKeyValue"]["Host"] for one in items],
    )


def test_a_deleted_list_is_gone_and_deleting_it_again_is_no_error(tmp_path: Path) -> None:
    """202 with where it is told, then 204; its items are gone with it, and its alias is free."""
    with listed(tmp_path) as there:
        there.put(hosts())
        said, again = there.delete(), there.delete()
        gone, items = there.get(), there.arm.arm("GET", f"{LISTS}/{ALIAS}/watchlistItems")
        made = there.put(hosts("Host,Why\nWS-9,new\n"))
        values = there.values()

    assert (202, 204, 404, 404, 201) == (said.status, again.status, gone.status, items.status, made.status)
    assert (said.headers["Location"], ["WS-9"]) == (said.headers["Azure-AsyncOperation"], values)


def test_an_item_is_made_read_changed_and_deleted_at_an_id_of_the_callers(tmp_path: Path) -> None:
    """201, 200, 200, then 204 for what is not there: the only way to take something off a list and keep the list."""
    with listed(tmp_path) as there:
        there.put(hosts())
        made = there.item("PUT", ITEM, _item("WS-3", "added"))
        changed = there.item("PUT", ITEM, _item("WS-3", "changed"))
        read = there.item("GET", ITEM)
        values = there.values()
        codes = [there.item("DELETE", ITEM).status, there.item("DELETE", ITEM).status, there.item("GET", ITEM).status]

    assert (201, 200, 200, [200, 204, 404]) == (made.status, changed.status, read.status, codes)
    assert changed.body == read.body
    assert ({"Host": "WS-3", "Why": "changed"}, ["WS-1", "WS-2", "WS-3"]) == (
        read.body["properties"]["itemsKeyValue"],
        values,
    )
    assert made.body["properties"]["created"] == read.body["properties"]["created"]


def test_an_items_etag_guards_it_as_a_lists_does(tmp_path: Path) -> None:
    """And one without a search key is none."""
    with listed(tmp_path) as there:
        there.put(hosts())
        etag = there.item("PUT", ITEM, _item("WS-3", "added")).body["etag"]
        good = there.item("PUT", ITEM, {**_item("WS-3", "good"), "etag": etag}).status
        late = there.item("PUT", ITEM, {**_item("WS-3", "late"), "etag": etag}).status
        blank = there.item("PUT", ITEM, _item(" ", "blank")).status

    assert (200, 409, 400) == (good, late, blank)


def test_a_list_may_change_or_vanish_between_reading_and_writing(tmp_path: Path) -> None:
    """By script: the etag read is old when the write arrives, or the list read is not there."""
    race = Fault(Bend("raced"), When(method="PUT", nth=2))
    lost = Fault(Bend("lost_list"), When(method="GET", path="watchlists/"))
    with listed(tmp_path, race, lost) as there:
        etag = there.put(hosts()).body["etag"]
        codes = [there.put(hosts(None, etag=etag)).status, there.get().status]

    assert [409, 404] == codes


def test_what_a_client_says_of_what_is_not_its_own_is_passed_over(tmp_path: Path) -> None:
    """So that what was read can be sent back; a field nobody knows has gone."""
    with listed(tmp_path) as there:
        first = there.put(hosts()).body
        first["properties"]["huntline"] = "x"
        first["properties"]["created"] = "2020-01-01T00:00:00Z"
        again = there.put(first)

    assert (200, False, False) == (
        again.status,
        "huntline" in again.body["properties"],
        again.body["properties"]["created"].startswith("2020"),
    )


def _item(host: str, why: str) -> dict[str, object]:
    return {"properties": {"itemsKeyValue": {"Host": host, "Why": why}}}
