"""Lookups: files that only a search or the Lookup Editor fills, their definitions, KV store collections; apps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from splunklib import client
from splunklib.binding import HTTPError

from lab.splunk.settings import ADMIN, DEPLOYER, DEPLOYING, HUNTER, SplunkSettings
from lab_tests.splunk.keeper import APP, NAME, administrator, ours, person, rule
from lab_tests.splunk.served import Deployed, deployed, read

FILE = "huntline_hashes.csv"
FILL = '| makeresults format=csv data="sha256,name\naa,one\nbb,two" | table sha256 name | outputlookup {}'


def ran(service: client.Service, text: str) -> list[dict[str, Any]]:
    """Return the rows of a search; raises AssertionError where it failed."""
    job = service.jobs.create(text, exec_mode="blocking", earliest_time=0)
    assert "0" == job.refresh()["isFailed"], job["messages"]
    return list(read(job)["results"])


def failed(service: client.Service, text: str) -> str:
    """Return why a search failed."""
    job = service.jobs.create(text, exec_mode="blocking", earliest_time=0).refresh()
    assert "1" == job["isFailed"]
    return str(job["messages"])


def test_a_search_fills_a_file_and_another_reads_it(tmp_path: Path) -> None:
    """Which is the only way in that every Splunk has (1.2)."""
    with deployed(tmp_path) as there:
        ran(ours(there), FILL.format(FILE))
        assert [{"sha256": "aa", "name": "one"}, {"sha256": "bb", "name": "two"}] == ran(
            ours(there), f"| inputlookup {FILE}"
        )
        found = there_is(there, "data/lookup-table-files")
        assert [(FILE, ["sha256", "name"], APP)] == [
            (one["name"], one["content"]["fields_array"], one["acl"]["app"]) for one in found
        ]
        assert "aa" not in json.dumps(found)
        assert "no lookup" in failed(ours(there, app="search"), f"| inputlookup strict=true {FILE}")


def there_is(there: Deployed, path: str) -> Any:
    """Return a list as JSON has it."""
    return json.loads(ours(there).get(path, output_mode="json").body.read())["entry"]


def test_a_file_is_replaced_added_to_or_taken_away_by_an_empty_result(tmp_path: Path) -> None:
    """An empty result removes it unless told otherwise (docs: override_if_empty)."""
    with deployed(tmp_path) as there:
        service = ours(there)
        ran(service, FILL.format(FILE))
        ran(service, FILL.format(f"append=true {FILE}"))
        assert 4 == len(ran(service, f"| inputlookup {FILE}"))
        ran(service, FILL.format(FILE))
        nothing = f'| inputlookup {FILE} | where sha256="zz" | outputlookup'
        ran(service, f"{nothing} override_if_empty=false {FILE}")
        assert 2 == len(ran(service, f"| inputlookup {FILE}"))
        ran(service, f"{nothing} {FILE}")
        assert "no lookup" in failed(service, f"| inputlookup strict=true {FILE}")


def test_a_file_is_not_uploaded(tmp_path: Path) -> None:
    """Core REST takes a path on the server's own disk (mem), where a client puts nothing."""
    with deployed(tmp_path) as there, pytest.raises(HTTPError, match="HTTP 400"):
        ours(there).post("data/lookup-table-files", name=FILE, **{"eai:data": "/tmp/a.csv"})


def test_the_lookup_editor_takes_a_whole_file_where_it_is_installed(tmp_path: Path) -> None:
    """Elsewhere there is no such address [S5]."""
    said = {"namespace": APP, "owner": "nobody", "lookup_file": FILE, "contents": json.dumps([["sha256"], ["cc"]])}
    with deployed(tmp_path / "a") as there, pytest.raises(HTTPError, match="HTTP 404"):
        ours(there).post("/services/data/lookup_edit/lookup_contents", **said)
    with deployed(tmp_path / "b", None, SplunkSettings(lookup_editor=True)) as there:
        ours(there).post("/services/data/lookup_edit/lookup_contents", **said)
        assert [{"sha256": "cc"}] == ran(ours(there), f"| inputlookup {FILE}")
        with pytest.raises(HTTPError, match="HTTP 403"):
            person(there).post("/services/data/lookup_edit/lookup_contents", **said)


@pytest.mark.parametrize("who", ["person", "no capability"])
def test_who_may_not_write_writes_no_file(who: str, tmp_path: Path) -> None:
    """The search fails and says so; it takes output_file and the right to write the app."""
    least = replace(DEPLOYER, role=replace(DEPLOYING, capabilities=frozenset({"search"})))
    settings = SplunkSettings() if who == "person" else SplunkSettings(users=(HUNTER, least, ADMIN))
    with deployed(tmp_path, None, settings) as there:
        service = person(there, owner="nobody") if who == "person" else ours(there)
        assert "insufficient permission" in failed(service, FILL.format(FILE))
        assert [] == there_is(there, "data/lookup-table-files")


def test_a_definition_names_a_file_or_a_collection(tmp_path: Path) -> None:
    """And a search names the definition; a name that is neither a file's nor a definition's is refused."""
    with deployed(tmp_path) as there:
        service = ours(there)
        service.post("data/transforms/lookups", name="hashes", filename=FILE, max_matches=1)
        service.post(
            "data/transforms/lookups", name="kept", collection="kept", external_type="kvstore", fields_list="_key, a"
        )
        service.post("storage/collections/config", name="kept")
        ran(service, FILL.format("hashes"))
        assert ["aa", "bb"] == [one["sha256"] for one in ran(service, "| inputlookup hashes")]
        ran(service, '| makeresults format=csv data="_key,a\nx,1\ny,2" | outputlookup append=true kept')
        ran(service, '| makeresults format=csv data="_key,a\nx,3" | outputlookup append=true kept')
        assert [("x", "3"), ("y", "2")] == [(one["_key"], one["a"]) for one in ran(service, "| inputlookup kept")]
        assert "requires a .csv or KV store" in failed(service, FILL.format("neither"))
        shown = {one["name"]: one["content"] for one in there_is(there, "data/transforms/lookups")}
    assert [("file", 1), ("kvstore", None)] == [
        (one["type"], one.get("max_matches")) for _, one in sorted(shown.items())
    ]


def test_documents_are_kept_by_their_keys(tmp_path: Path) -> None:
    """A batch makes or replaces; a query says what comes back."""
    with deployed(tmp_path) as there:
        service = ours(there)
        service.kvstore.create("kept", fields={"n": "number"})
        data = service.kvstore["kept"].data
        assert ["a", "b"] == data.batch_save({"_key": "a", "n": 1}, {"_key": "b", "n": 2})
        data.batch_save({"_key": "b", "n": 3})
        assert ["b"] == [one["_key"] for one in data.query(query={"n": {"$gt": 1}})]
        assert {"_key": "b", "n": 3, "_user": "nobody"} == data.query_by_id("b")
        with pytest.raises(HTTPError, match="HTTP 409"):
            data.insert({"_key": "a"})
        data.delete(json.dumps({"n": 1}))
        assert ["b"] == [one["_key"] for one in data.query()]
        data.delete_by_id("b")
        with pytest.raises(HTTPError, match="HTTP 404"):
            data.query_by_id("b")


def test_a_collection_is_made_for_nobody_by_who_may(tmp_path: Path) -> None:
    """A user's own namespace has none."""
    with deployed(tmp_path) as there:
        with pytest.raises(HTTPError, match="HTTP 400"):
            ours(there, owner="deployer").post("storage/collections/config", name="kept")
        with pytest.raises(HTTPError, match="HTTP 403"):
            person(there, owner="nobody").post("storage/collections/config", name="kept")


def test_apps_are_listed_and_made_by_who_may(tmp_path: Path) -> None:
    """It takes edit_local_apps, which a deployer of searches has not (1.3)."""
    able = replace(ADMIN, role=replace(ADMIN.role, capabilities=ADMIN.role.capabilities | {"edit_local_apps"}))
    with deployed(tmp_path, None, SplunkSettings(users=(HUNTER, DEPLOYER, able))) as there:
        assert ["huntline", "launcher", "search"] == [one.name for one in ours(there).apps.list()]
        with pytest.raises(HTTPError, match="HTTP 403"):
            ours(there).apps.create("other")
        administrator(there).apps.create("other", label="Other")
        rule(ours(there, able, app="other"))
        assert "Other" == ours(there).apps["other"]["label"]


def test_rest_shows_objects_as_rows(tmp_path: Path) -> None:
    """By the rights of who searches; truths are 1 and 0."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        person(there).saved_searches.create("mine", search="search index=mine")
        text = "| rest /servicesNS/-/-/saved/searches splunk_server=local | table title is_scheduled eai:acl.owner"
        expected = {"title": NAME, "is_scheduled": "1", "eai:acl.owner": "deployer"}
        assert [expected] == ran(ours(there), text)
        assert [NAME, "mine"] == [one["title"] for one in ran(administrator(there), text)]
