"""Laws of lookups: a table and its definition are one object, marked in the manifest, written whole and read back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Literal

import pytest

from conformance.kills import calls
from huntline.errors import HuntlineError, Stale, Terminal, Transient
from huntline.model.artifact import Artifact
from huntline.model.pack import Json
from huntline.model.paths import flat
from huntline.translate.compiler import SourceCompiler
from huntline_splunk.deploy import SplunkDeployer
from huntline_splunk.listing import KIND, LEAST
from huntline_splunk.plugin import PLATFORM
from huntline_splunk.render import SplunkRenderer
from lab.serve.faults import Cut, Fault, Stall, When
from lab.splunk import hand
from lab.splunk.knowledge import Key
from lab.splunk.settings import DEPLOYING, OURS, SplunkSettings, User
from platforms.handmade import detection, ruled
from platforms.splunk.deploying import There, listed, put, ready_of, served, settings_of, there_of

HASHES = sorted(hashlib.sha256(str(number).encode()).hexdigest() for number in range(LEAST))
MORE = [*HASHES, "f" * 64]
NO_FILES = replace(DEPLOYING, capabilities=DEPLOYING.capabilities - {"output_file"})


@cache
def made(*, more: bool = False) -> tuple[Artifact, ...]:
    """Return a macro, a lookup and the search that reads both."""
    assert PLATFORM.renderer is not None
    render = PLATFORM.renderer({})
    assert isinstance(render, SplunkRenderer)
    assert isinstance(render.compiler, SourceCompiler)
    with TemporaryDirectory() as folder:
        found = detection(Path(folder), {"SHA256": MORE if more else HASHES})
    return tuple(render.artifacts(found, ruled(render, found, "sysmon"), pack="made"))


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path) as standing:
        yield standing


@pytest.fixture
def deployer(there: There) -> SplunkDeployer:
    return there.connect()


@pytest.fixture(scope="module")
def lookup() -> Artifact:
    return made()[1]


def file_of(lookup: Artifact) -> Key:
    return hand.place(str(lookup.body["filename"]), conf="lookups")


def defined(lookup: Artifact) -> Key:
    return hand.place(lookup.remote_id, conf="transforms")


def rows(there: There, lookup: Artifact) -> list[dict[str, str]]:
    return there.lab.knowledge.tables.get(file_of(lookup), [])


def write(there: There, lookup: Artifact, values: list[str]) -> None:
    """Write a table as somebody does in the Lookup Editor."""
    there.lab.knowledge.tables[file_of(lookup)] = [{"list": "SHA256", "value": one} for one in values]


def test_a_lookup_reads_back_as_it_was_wanted(there: There, deployer: SplunkDeployer, lookup: Artifact) -> None:
    """Its table holds the values, its definition is nobody's and the app's, and it is listed once."""
    after = put(deployer, lookup, on=True)
    kept = there.kept(defined(lookup))

    assert [{"list": "SHA256", "value": one} for one in HASHES] == rows(there, lookup)
    assert (deployer.normal(lookup), lookup.mark, True, "on") == (after.managed, after.mark, after.home, after.state)
    assert [after] == deployer.held(KIND)
    assert kept is not None
    assert ("nobody", "app") == (kept.acl.owner, kept.acl.sharing)
    assert {"filename": f"{lookup.remote_id}.csv", "case_sensitive_match": "0"} == dict(kept.values)


def test_the_search_reads_it_and_its_proof_holds(deployer: SplunkDeployer) -> None:
    """All three, in their order; before the lookup is there the search's own run fails."""
    macro, lookup, search = made()
    for one in (macro, search):
        put(deployer, one, on=True)
    without = listed(deployer.inspect(search, there_of(deployer, search)))
    put(deployer, lookup, on=True)
    proved = listed(deployer.inspect(search, there_of(deployer, search)))
    table = listed(deployer.inspect(lookup, there_of(deployer, lookup)))

    assert ("fail", "fail") == (without[f"lookup {lookup.remote_id}"].state, without["query"].state)
    assert ("ok", "ok", "ok") == (
        proved[f"lookup {lookup.remote_id}"].state,
        proved["query"].state,
        proved[f"macro {macro.remote_id}"].state,
    )
    assert ("ok", f"{LEAST} indicators") == (table["table"].state, table["table"].words)


def test_a_new_version_is_written_over_the_old_one(there: There, deployer: SplunkDeployer, lookup: Artifact) -> None:
    """In one search, so that no run reads half of it; under another mark, by which it is known."""
    before = put(deployer, lookup)
    after = put(deployer, made(more=True)[1])

    assert MORE == [one["value"] for one in rows(there, lookup)]
    assert (lookup.mark, made(more=True)[1].mark) == (before.mark, after.mark)
    assert before.revision != after.revision


@pytest.mark.parametrize("values", [HASHES[1:], [*HASHES, "theirs"], [], [HASHES[0].upper(), *HASHES[1:]]])
def test_an_edit_of_a_table_is_seen_and_mended(
    there: There, deployer: SplunkDeployer, lookup: Artifact, values: list[str]
) -> None:
    """Somebody took a row out, put one in, emptied it: another revision, with the list that it concerns."""
    before = put(deployer, lookup)
    write(there, lookup, values)
    edited = there_of(deployer, lookup)
    for write_over in (
        lambda: deployer.put(lookup, before, on=False, instead={}),
        lambda: deployer.retire(before),
        lambda: deployer.restore(before, before),
        lambda: deployer.remove(before),
    ):
        with pytest.raises(Stale):
            write_over()
    after = put(deployer, lookup)

    assert before.revision != edited.revision
    assert before.managed["values"] != edited.managed["values"]
    assert (before.managed, HASHES) == (after.managed, [one["value"] for one in rows(there, lookup)])


def test_a_lookup_was_changed_when_its_table_was(there: There, deployer: SplunkDeployer, lookup: Artifact) -> None:
    """Drift says when; the definition's own time would be that of our last write."""
    put(deployer, lookup)
    kept = there.kept(file_of(lookup))
    assert kept is not None
    later = datetime(2099, 1, 1, tzinfo=UTC)
    there.lab.knowledge.put(replace(kept, updated=later))

    assert later == there_of(deployer, lookup).changed_at


def test_a_table_that_was_deleted_is_seen_and_written_again(
    there: There, deployer: SplunkDeployer, lookup: Artifact
) -> None:
    before = put(deployer, lookup)
    hand.delete(there.lab, file_of(lookup))
    gone = there_of(deployer, lookup)

    assert {} == gone.managed["values"]
    assert before.managed == put(deployer, lookup).managed


@pytest.mark.parametrize(
    ("values", "managed"),
    [
        ({"disabled": "1"}, {"disabled": True}),
        ({"case_sensitive_match": "1"}, {"case_sensitive_match": True}),
        ({"filename": "theirs.csv"}, {"filename": "theirs.csv", "values": {}}),
    ],
)
def test_an_edit_of_a_definition_is_seen_and_mended(
    there: There, deployer: SplunkDeployer, lookup: Artifact, values: Mapping[str, str], managed: Mapping[str, Json]
) -> None:
    before = put(deployer, lookup)
    hand.edit(there.lab, defined(lookup), values)
    edited = there_of(deployer, lookup)

    assert {**before.managed, **managed} == edited.managed
    assert before.managed == put(deployer, lookup).managed


def test_what_somebody_added_stays_where_it_was_kept(there: There, deployer: SplunkDeployer, lookup: Artifact) -> None:
    """A plan keeps a customer's list when the definition beside it is written."""
    over = put(deployer, lookup)
    write(there, lookup, [*HASHES, "theirs"])
    over = there_of(deployer, lookup)
    kept = {"values.SHA256": flat(over.managed)["values.SHA256"]}
    after = deployer.put(
        replace(lookup, body={**lookup.body, "case_sensitive_match": True}), over, on=True, instead=kept
    )

    assert "theirs" in [one["value"] for one in rows(there, lookup)]
    assert True is after.after.managed["case_sensitive_match"]


@pytest.mark.parametrize(
    "value", ['a"b', "a`m`b", "a | delete", "[| makeresults]", "$t$", "a,b\nc", "ü \u2028", "\\", "'", "list", "a\\nb"]
)
def test_a_hostile_value_is_data_and_comes_back_whole(
    there: There, deployer: SplunkDeployer, lookup: Artifact, value: str
) -> None:
    """Whatever somebody wrote into the table is brought back by a rollback, and runs as nothing."""
    put(deployer, lookup)
    write(there, lookup, [*HASHES, value])
    before = there_of(deployer, lookup)
    after = deployer.restore(before, put(deployer, lookup)).after

    assert before.managed == after.managed
    assert value in [one["value"] for one in rows(there, lookup)]


def test_what_lies_at_our_names_is_not_written_over_unseen(
    there: There, deployer: SplunkDeployer, lookup: Artifact
) -> None:
    """A table of somebody's, or a definition."""
    theirs = hand.make(there.lab, file_of(lookup), {})
    there.lab.knowledge.tables[file_of(lookup)] = [{"a": "b"}]
    with pytest.raises(Stale):
        deployer.put(lookup, None, on=False, instead={})
    hand.delete(there.lab, theirs.key)
    own = hand.make(there.lab, defined(lookup), {"filename": "theirs.csv"})
    with pytest.raises(Stale):
        deployer.put(lookup, None, on=False, instead={})

    assert {own.key: own} == there.lab.knowledge.kept
    assert [None] == [one.mark for one in deployer.held(KIND)]


def test_a_definition_that_somebody_makes_meanwhile_is_not_marked(
    there: There, deployer: SplunkDeployer, lookup: Artifact
) -> None:
    """It would be taken for ours, and written over."""
    there.running.faults.add(Fault(Stall(1), When(method="POST", path="transforms/lookups$")))
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(deployer.put, lookup, None, on=True, instead={})
        while not rows(there, lookup) and not writing.done():
            sleep(0.01)
        theirs = hand.make(there.lab, defined(lookup), {"filename": "theirs.csv"})
        with pytest.raises(Stale):
            writing.result()

    assert [None] == [one.mark for one in deployer.held(KIND)]
    assert theirs == there.kept(theirs.key)


@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("call", calls(1, 14, soon={1, 2, 4, 7, 10, 13}))
def test_a_kill_in_a_creation_is_finished_by_the_next_run(
    there: There, lookup: Artifact, call: int, at: Literal["before", "after"]
) -> None:
    """Seen from outside it is there with its table and its mark, or it is not there."""
    there.running.faults.add(Fault(Cut(at), When(path=r"lookup|transforms|conf-macros|search/v2/jobs", nth=call)))
    try:
        there.connect().put(lookup, None, on=True, instead={})
    except (HuntlineError, Transient):
        left = there.connect().read(KIND, lookup.remote_id)
        assert left is None or (left.managed, left.mark) == (there.connect().normal(lookup), lookup.mark)
    again = put(there.connect(), lookup, on=True)

    assert (there.connect().normal(lookup), lookup.mark, "on") == (again.managed, again.mark, again.state)
    assert {"nobody"} == {key.owner for key in there.lab.knowledge.kept}


def test_a_retired_lookup_is_still_read_until_it_is_deleted(
    there: There, deployer: SplunkDeployer, lookup: Artifact
) -> None:
    """A search that somebody switches on again must not fail. Deleted, it leaves neither table nor mark behind."""
    retired = deployer.retire(put(deployer, lookup, on=True)).after
    table = rows(there, lookup)
    words = deployer.remove(retired)

    assert retired.mark
    assert (True, "off", LEAST) == (retired.mark.retired, retired.state, len(table))
    assert "" == words
    assert [] == deployer.held(KIND)
    assert ["huntline_manifest"] == [key.name for key in there.lab.knowledge.kept]
    assert "" == deployer.remove(retired)


def test_restoring_brings_back_table_definition_and_mark(
    there: There, deployer: SplunkDeployer, lookup: Artifact
) -> None:
    """Also a customer's settings of the definition."""
    put(deployer, lookup, on=True)
    hand.edit(there.lab, defined(lookup), {"max_matches": "7", "fields_list": "list, value"})
    before = there_of(deployer, lookup)
    put(deployer, made(more=True)[1])
    hand.edit(there.lab, defined(lookup), {"fields_list": ""})
    changed = there_of(deployer, lookup)
    after = deployer.restore(before, changed).after

    assert 7 == changed.whole["max_matches"]
    assert (before.managed, before.mark, before.state) == (after.managed, after.mark, after.state)
    assert "list, value" == after.whole["fields_list"]
    assert HASHES == [one["value"] for one in rows(there, lookup)]


def test_restoring_a_lookup_without_its_table_leaves_none(
    there: There, deployer: SplunkDeployer, lookup: Artifact
) -> None:
    put(deployer, lookup)
    hand.delete(there.lab, file_of(lookup))
    before = there_of(deployer, lookup)
    after = deployer.restore(before, put(deployer, lookup)).after

    assert ({}, before.managed) == (before.managed["values"], after.managed)
    assert there.kept(file_of(lookup)) is None


def test_a_definition_that_leads_to_another_table_is_brought_back_with_ours(
    there: There, deployer: SplunkDeployer, lookup: Artifact
) -> None:
    """Also where the other holds the same, and ours is gone."""
    before = put(deployer, lookup)
    theirs = hand.make(there.lab, hand.place("theirs.csv", conf="lookups"), {})
    there.lab.knowledge.tables[theirs.key] = rows(there, lookup)
    hand.edit(there.lab, defined(lookup), {"filename": "theirs.csv"})
    hand.delete(there.lab, file_of(lookup))

    assert before.managed == put(deployer, lookup).managed
    assert there.kept(file_of(lookup)) is not None


def test_a_table_without_a_row_is_no_proof(there: There, deployer: SplunkDeployer, lookup: Artifact) -> None:
    put(deployer, lookup)
    write(there, lookup, [])

    assert "fail" == listed(deployer.inspect(lookup, there_of(deployer, lookup)))["table"].state


def test_a_table_of_somebody_elses_is_never_deleted(there: There, deployer: SplunkDeployer, lookup: Artifact) -> None:
    """Whoever made our definition lead to a table of theirs keeps it when the definition is deleted."""
    put(deployer, lookup)
    theirs = hand.make(there.lab, hand.place("theirs.csv", conf="lookups"), {})
    there.lab.knowledge.tables[theirs.key] = [{"list": "a", "value": "b"}]
    hand.edit(there.lab, defined(lookup), {"filename": "theirs.csv"})
    deployer.remove(there_of(deployer, lookup))

    assert theirs == there.kept(theirs.key)
    assert there.kept(defined(lookup)) is None
    assert there.kept(file_of(lookup)) is None


def test_a_lookup_of_another_app_or_of_a_user_is_not_ours(there: There, lookup: Artifact) -> None:
    there.lab.knowledge.install(replace(OURS, name="other", exported=True), {"transforms": {lookup.remote_id: {}}})
    deployer = there.connect()
    before = deployer.read(KIND, lookup.remote_id)
    put(deployer, lookup)

    assert before is None
    assert {True: lookup.mark, False: None} == {one.home: one.mark for one in deployer.held(KIND)}


def test_a_macro_of_a_lookups_name_is_not_marked_by_it(
    there: There, deployer: SplunkDeployer, lookup: Artifact
) -> None:
    """Both bear their marks in one manifest."""
    put(deployer, lookup)
    hand.make(there.lab, hand.place(lookup.remote_id, conf="macros"), {"definition": "x"})

    assert [None] == [one.mark for one in deployer.held("macro")]


def test_who_may_not_write_a_table_is_told_before_and_fails_alone(tmp_path: Path, lookup: Artifact) -> None:
    """The capability is of packs with long lists only: it stands in nobody else's way."""
    users = tuple(
        User(one.name, one.password, NO_FILES) if one.name == "deployer" else one for one in SplunkSettings().users
    )
    with served(tmp_path, SplunkSettings(users=users)) as there:
        deployer = there.connect()
        with pytest.raises(Terminal, match="output_file"):
            deployer.put(lookup, None, on=False, instead={})
        left = deployer.read(KIND, lookup.remote_id)
        put(deployer, made()[0])

    assert left is None
    assert ("warn", "ok") == (
        ready_of(tmp_path / "a", settings_of(role=NO_FILES))["capability output_file"].state,
        ready_of(tmp_path / "b", settings_of())["capability output_file"].state,
    )
