"""Laws of macros: their marks lie in a manifest, which is right under many threads and after every kill."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from huntline.errors import HuntlineError, Stale, Transient
from huntline.model.artifact import Artifact
from huntline_splunk.artifact import MACRO
from huntline_splunk.deploy import SplunkDeployer
from huntline_splunk.package import MANIFEST
from lab.serve.faults import Cut, Fault, Refusal, Stall, When
from lab.splunk import hand
from lab.splunk.knowledge import Key
from platforms.splunk.deploying import There, everything, put, served, there_of


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def deployer(there: There) -> SplunkDeployer:
    return there.connect()


@pytest.fixture(scope="module")
def macro() -> Artifact:
    return macros()[0]


def macros() -> list[Artifact]:
    return [one for one in everything() if one.kind == MACRO]


def key_of(name: str) -> Key:
    return hand.place(name, conf="macros")


def manifest(there: There) -> str:
    kept = there.kept(key_of(MANIFEST))
    return kept.values["definition"] if kept else ""


def test_marks_written_by_many_threads_are_all_there(there: There, deployer: SplunkDeployer) -> None:
    """Whoever waits is served together with the others: fewer requests than macros."""
    there.running.faults.add(Fault(Stall(1), When(path=MANIFEST)))
    with ThreadPoolExecutor(len(macros())) as pool:
        left = list(pool.map(lambda one: deployer.put(one, None, on=False, instead={}).after, macros()))
    held = deployer.held(MACRO)
    asked = [path for path in there.asked("GET", "POST") if MANIFEST in path]

    assert {one.remote_id: one.mark for one in macros()} == {one.remote_id: one.mark for one in held}
    assert sorted(left, key=str) == sorted(held, key=str)
    assert len(asked) < len(macros())


def test_a_manifest_that_cannot_be_written_loses_nobodys_mark(there: There, deployer: SplunkDeployer) -> None:
    """Whose request failed is told, and asks again; whoever waited is not told that all is well."""
    there.running.faults.add(Fault(Refusal(503), When(method="POST", says=MANIFEST, times=1)))
    there.running.faults.add(Fault(Refusal(503), When(method="POST", path=f"{MANIFEST}$", times=2)))

    def persistent(one: Artifact) -> None:
        for _ in range(4):
            try:
                deployer.put(one, None, on=True, instead={})
            except Transient:
                continue
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(persistent, macros()))

    assert {(one.mark, "on") for one in macros()} == {(one.mark, one.state) for one in deployer.held(MACRO)}


@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("call", range(1, 8))
def test_a_kill_leaves_no_macro_of_ours_without_its_mark(
    there: There, macro: Artifact, call: int, at: Literal["before", "after"]
) -> None:
    """It would be taken for somebody's, and nobody would write it again; the next run finishes."""
    there.running.faults.add(Fault(Cut(at), When(path="conf-macros", nth=call)))
    with pytest.raises(HuntlineError):
        there.connect().put(macro, None, on=False, instead={})
    left = there.connect().read(MACRO, macro.remote_id)
    again = put(there.connect(), macro)

    assert left is None or left.mark == macro.mark
    assert (macro.mark, there.connect().normal(macro)) == (again.mark, again.managed)
    assert {key_of(MANIFEST), key_of(macro.remote_id)} == set(there.lab.knowledge.kept)


@pytest.mark.parametrize("call", range(1, 5))
def test_a_kill_in_an_update_is_finished_over_what_was_seen(there: There, macro: Artifact, call: int) -> None:
    """The same plan goes on: noting a mark makes no other revision."""
    seen = put(there.connect(), macro)
    other = replace(macro, body={**macro.body, "definition": "index=other"})
    there.running.faults.add(Fault(Cut("before"), When(path="conf-macros", nth=call)))
    try:
        there.connect().put(other, seen, on=False, instead={})
    except Transient:
        there.connect().put(other, seen, on=False, instead={})
    after = there_of(there.connect(), macro)

    assert (other.mark, "index=other") == (after.mark, after.managed["definition"])


def test_a_macro_of_our_name_is_not_written_over_unseen(
    there: There, deployer: SplunkDeployer, macro: Artifact
) -> None:
    """Nor is it marked for ours."""
    theirs = hand.make(there.lab, key_of(macro.remote_id), {"definition": "index=theirs"})
    with pytest.raises(Stale):
        deployer.put(macro, None, on=False, instead={})
    now = there_of(deployer, macro)

    assert theirs == there.kept(theirs.key)
    assert (None, False) == (now.mark, now.home)


def test_a_mark_that_somebody_took_out_of_the_manifest_is_gone(
    there: There, deployer: SplunkDeployer, macro: Artifact
) -> None:
    put(deployer, macro)
    hand.edit(there.lab, key_of(MANIFEST), {"definition": '"mine"'})

    assert [(macro.remote_id, None)] == [(one.remote_id, one.mark) for one in deployer.held(MACRO)]


def test_a_manifest_that_is_shown_as_it_was_loses_no_mark(there: There, deployer: SplunkDeployer) -> None:
    """Behind a balancer another search head may answer, to which the last write has not come yet."""
    first, second, third = macros()[:3]
    put(deployer, first)
    before = manifest(there)
    put(deployer, second)
    hand.edit(there.lab, key_of(MANIFEST), {"definition": before})
    put(deployer, third)

    assert {one.mark for one in (first, second, third)} == {one.mark for one in deployer.held(MACRO)}


def test_the_manifest_of_another_app_speaks_of_its_own_macros(
    there: There, deployer: SplunkDeployer, macro: Artifact
) -> None:
    """A package beside our app: its macros are copies."""
    put(deployer, macro)
    other = replace(macro.mark, hash="f" * 16)
    for name, values in ((macro.remote_id, {"definition": "x"}), (MANIFEST, {"definition": f'"{other}"'})):
        hand.make(there.lab, hand.place(name, conf="macros", app="search"), values)

    assert [(other, False), (macro.mark, True)] == sorted(
        ((one.mark, one.home) for one in deployer.held(MACRO)), key=lambda one: one[1]
    )


def test_what_was_asked_for_is_kept_and_breaks_no_search(
    there: There, deployer: SplunkDeployer, macro: Artifact
) -> None:
    """A disabled macro fails every search that reads it, so its switch is a word in the manifest."""
    states = [put(deployer, macro, on=on).state for on in (False, True, True, False)]
    kept = there.kept(key_of(macro.remote_id))

    assert ["off", "on", "on", "off"] == states
    assert kept is not None
    assert "disabled" not in kept.values


def test_a_macro_that_somebody_disabled_is_seen_and_mended(
    there: There, deployer: SplunkDeployer, macro: Artifact
) -> None:
    put(deployer, macro)
    hand.edit(there.lab, key_of(macro.remote_id), {"disabled": "1"})
    seen = there_of(deployer, macro)
    after = put(deployer, macro)

    assert (True, False) == (seen.managed["disabled"], after.managed["disabled"])


def test_what_a_person_added_to_a_macro_stays(there: There, deployer: SplunkDeployer, macro: Artifact) -> None:
    put(deployer, macro)
    hand.edit(there.lab, key_of(macro.remote_id), {"description": "Where Sysmon is."})
    before = there_of(deployer, macro)
    after = put(deployer, replace(macro, body={**macro.body, "definition": "index=other"}))
    back = deployer.restore(before, after).after

    assert ("Where Sysmon is.", "index=other") == (after.whole["description"], after.managed["definition"])
    assert (before.managed, before.mark, before.state) == (back.managed, back.mark, back.state)


def test_a_retired_macro_is_still_read(there: There, deployer: SplunkDeployer, macro: Artifact) -> None:
    """A search that somebody switches on again must not fail. Removed, it leaves no mark behind."""
    seen = put(deployer, macro, on=True)
    retired = deployer.retire(seen).after
    kept = there.kept(key_of(macro.remote_id))
    deployer.remove(retired)

    assert retired.mark
    assert (True, "off", seen.managed) == (retired.mark.retired, retired.state, retired.managed)
    assert kept is not None
    assert '""' == manifest(there)
    assert [] == deployer.held(MACRO)
