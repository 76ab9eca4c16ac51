"""Laws of saved searches: one object for one key, what is the customer's stays, and nobody's change is written over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from huntline.errors import Denied, HuntlineError, QueryRejected, Stale, Transient
from huntline.model.artifact import Artifact
from huntline_splunk.artifact import SEARCH
from huntline_splunk.deploy import SplunkDeployer
from huntline_splunk.entry import Entry
from huntline_splunk.package import MARK
from lab.serve.faults import Cut, Fault, Refusal, When
from lab.splunk import hand
from lab.splunk.knowledge import NOBODY
from lab.splunk.scheduler import run_saved_search
from lab.splunk.settings import ADMIN, DEPLOYER, OURS, PERSON, App, SplunkSettings, Token
from platforms.splunk.deploying import There, everything, pair, put, served, there_of

ALL_SEEING = Token("lab-admin", "lab-token-secret-aa01", ADMIN.name)
OWN: Mapping[str, str] = {
    "actions": "email",
    "action.email": "1",
    "action.email.to": "soc@example.com",
    "alert.suppress": "1",
    "alert.suppress.period": "4h",
    "dispatch.ttl": "3600",
    "schedule_window": "10",
    "display.visualizations.show": "0",
}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def deployer(there: There) -> SplunkDeployer:
    return there.connect()


@pytest.fixture(scope="module")
def search() -> Artifact:
    return pair()[1]


def test_what_splunk_makes_of_our_objects_is_no_difference(deployer: SplunkDeployer) -> None:
    """Every object of the campaign's pack reads back as it was wanted, as ours, and is listed once."""
    left = {one.remote_id: deployer.put(one, None, on=False, instead={}).after for one in everything()}
    held = [one for kind in ("macro", SEARCH) for one in deployer.held(kind)]

    assert {one.remote_id: (one.name, one.mark, True, deployer.normal(one)) for one in everything()} == {
        one.remote_id: (one.name, one.mark, one.home, one.managed) for one in held
    }
    assert len(everything()) == len(held) > 100
    assert left == {one.remote_id: one for one in held}


def test_a_search_is_nobodys_and_its_apps(there: There, deployer: SplunkDeployer, search: Artifact) -> None:
    """It runs as its owner, and stops when that user is deleted; a private one alerts nobody else."""
    put(deployer, search)
    kept = there.kept(hand.place(search.remote_id))

    assert kept is not None
    assert (NOBODY, "app") == (kept.acl.owner, kept.acl.sharing)


def test_putting_twice_makes_one_object(deployer: SplunkDeployer, search: Artifact) -> None:
    put(deployer, search)
    put(deployer, search, on=True)

    assert [(search.remote_id, "on")] == [(one.remote_id, one.state) for one in deployer.held(SEARCH)]


@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_kill_in_a_creation_leaves_all_of_it_there_or_nothing(
    there: There, search: Artifact, call: int, at: Literal["before", "after"]
) -> None:
    """A process ends between two requests: the next one finishes, and nothing lies beside it."""
    path = r"saved/searches"
    there.running.faults.add(Fault(Cut(at), When(path=path, nth=call)))
    with pytest.raises(Transient):
        there.connect().put(search, None, on=True, instead={})
    left = there.connect().read(SEARCH, search.remote_id)
    again = put(there.connect(), search, on=True)

    assert left is None or (left.managed, left.mark, left.state) == (again.managed, again.mark, again.state)
    assert {NOBODY} == {kept.acl.owner for kept in there.lab.knowledge.kept.values()}
    assert again.managed == there.connect().normal(search)
    assert [hand.place(search.remote_id)] == [key for key in there.lab.knowledge.kept if key.conf == "savedsearches"]


def test_a_lost_answer_ends_in_one_object(there: There, search: Artifact) -> None:
    """Asked again, Splunk says that the name is taken: by us."""
    there.running.faults.add(Fault(Cut("after"), When(method="POST", path="/acl$")))
    deployer = there.connect()
    with pytest.raises(Transient):
        deployer.put(search, None, on=False, instead={})
    with pytest.raises(Stale):
        deployer.put(search, None, on=False, instead={})

    assert [hand.place(search.remote_id)] == [*there.lab.knowledge.kept]
    assert there_of(deployer, search).mark == search.mark


def test_what_lies_at_our_name_is_not_written_over_unseen(
    there: There, deployer: SplunkDeployer, search: Artifact
) -> None:
    """Somebody made it between the look and the write; nothing of ours stays behind in private either."""
    theirs = hand.make(there.lab, hand.place(search.remote_id), {"search": "index=theirs"})
    with pytest.raises(Stale):
        deployer.put(search, None, on=True, instead={})

    assert {theirs.key: theirs} == there.lab.knowledge.kept


def test_who_may_not_share_leaves_nothing_behind(there: There, deployer: SplunkDeployer, search: Artifact) -> None:
    """A private search would run, and alert nobody."""
    there.running.faults.add(Fault(Refusal(403), When(method="POST", path="/acl$")))
    with pytest.raises(Denied):
        deployer.put(search, None, on=True, instead={})

    assert {} == there.lab.knowledge.kept


@pytest.mark.parametrize("name", ["action.email.auth_password", "action.x.param.api_key", "action.webhook.param.url"])
def test_a_secret_of_an_action_is_kept_nowhere_and_survives(
    there: There, deployer: SplunkDeployer, search: Artifact, name: str
) -> None:
    """What is read goes into the ledger. Another secret is another revision all the same."""
    key = hand.place(search.remote_id)
    without = put(deployer, search)
    hand.edit(there.lab, key, {name: "hunter2"})
    before = there_of(deployer, search)
    deployer.restore(before, deployer.retire(before).after)

    assert "hunter2" not in repr(before)
    assert without.revision != before.revision
    assert "hunter2" == there.lab.knowledge.kept[key].values[name]


def test_a_search_of_another_app_is_not_ours(there: There, search: Artifact) -> None:
    """One that is exported shows in every app, under our name too: it is not read for ours, and never written."""
    other = App("other", exported=True)
    there.lab.knowledge.install(other, {"savedsearches": {search.remote_id: {"search": "index=other"}}})
    deployer = there.connect()
    before = deployer.read(SEARCH, search.remote_id)
    after = put(deployer, search)
    held = {one.remote_id: one.home for one in deployer.held(SEARCH)}

    assert before is None
    assert after.home
    assert {True, False} == set(held.values())
    assert {"search": "index=other"} == there.lab.knowledge.kept[hand.place(search.remote_id, app="other")].values


def test_what_is_the_customers_survives_a_write(there: There, deployer: SplunkDeployer, search: Artifact) -> None:
    """Actions, mail, throttling, how long results are kept, priorities: none of it is sent, so none of it changes."""
    put(deployer, search, on=True)
    hand.edit(there.lab, hand.place(search.remote_id), OWN)
    before = there_of(deployer, search)
    after = put(deployer, replace(search, body={**search.body, "search": "index=x"}), on=True)

    assert "index=x" == after.managed["search"]
    assert {**OWN} == {name: there.lab.knowledge.kept[hand.place(search.remote_id)].values[name] for name in OWN}
    assert {"search", "qualifiedSearch", "updated", MARK} >= {
        name for name in before.whole if before.whole[name] != after.whole.get(name)
    }


def test_another_spelling_of_the_same_is_no_difference(
    there: There, deployer: SplunkDeployer, search: Artifact
) -> None:
    """Forms write truths and line ends in other ways than we do."""
    put(deployer, search)
    text = str(search.body["search"])
    spelled = {"is_scheduled": "true", "realtime_schedule": "f", "alert.track": "1", "search": f" {text}\r\n"}
    hand.edit(there.lab, hand.place(search.remote_id), {**spelled, "realtime_schedule": "false"})

    assert deployer.normal(search) == there_of(deployer, search).managed


@pytest.mark.parametrize(
    ("name", "value", "default"),
    [
        ("dispatch.sample_ratio", "100", 1),
        ("dispatch.max_time", "5", 0),
        ("dispatch.lookups", "0", True),
        ("run_n_times", "1", 0),
    ],
)
def test_what_would_find_less_is_seen_and_set_back(
    there: There, deployer: SplunkDeployer, search: Artifact, name: str, value: str, default: object
) -> None:
    """Nobody says these when all is well; where they stay unsaid they are not written."""
    put(deployer, search)
    key = hand.place(search.remote_id)
    assert name not in there.lab.knowledge.kept[key].values
    hand.edit(there.lab, key, {name: value})
    seen = there_of(deployer, search).managed
    after = put(deployer, search)

    assert default != seen[name]
    assert default == after.managed[name]


def test_a_write_over_what_moved_is_refused(there: There, deployer: SplunkDeployer, search: Artifact) -> None:
    """Splunk keeps no revision and the last write wins: it is looked at again first, its own next run left aside."""
    seen = put(deployer, search, on=True)
    run_saved_search(there.lab, search.remote_id, 1_800_000_000)
    same = there_of(deployer, search)
    hand.edit(there.lab, hand.place(search.remote_id), {"alert.severity": "1"})
    moved = there.lab.knowledge.kept[hand.place(search.remote_id)]
    for write in (
        lambda: deployer.put(search, seen, on=True, instead={}),
        lambda: deployer.retire(seen),
        lambda: deployer.restore(seen, seen),
        lambda: deployer.remove(seen),
    ):
        with pytest.raises(Stale):
            write()

    assert seen.revision == same.revision
    assert moved == there.lab.knowledge.kept[hand.place(search.remote_id)]


@pytest.mark.parametrize(("name", "same"), [("next_scheduled_time", True), ("cron_schedule", False)])
def test_a_run_alone_makes_no_other_revision(name: str, same: bool) -> None:
    """When it runs next changes by itself, and nothing would ever be written over."""
    one, other = (
        Entry("a", "", None, {}, {"search": "x", "cron_schedule": "* * * * *", name: value}).revision for value in "12"
    )

    assert same == (one == other)


def test_what_is_gone_is_stale_to_write_and_no_failure_to_remove(
    there: There, deployer: SplunkDeployer, search: Artifact
) -> None:
    seen = put(deployer, search)
    hand.delete(there.lab, hand.place(search.remote_id))
    with pytest.raises(Stale):
        deployer.put(search, seen, on=True, instead={})

    assert "" == deployer.remove(seen)


def test_restoring_brings_back_every_field_that_can_be_written(
    there: There, deployer: SplunkDeployer, search: Artifact
) -> None:
    """Also the customer's, and the switch; what was not there is empty."""
    key = hand.place(search.remote_id)
    put(deployer, search, on=True)
    hand.edit(there.lab, key, OWN)
    before = there_of(deployer, search)
    retired = deployer.retire(before).after
    hand.edit(there.lab, key, {"actions": "", "alert.suppress": "0", "action.rss.command": "theirs"})
    after = deployer.restore(before, there_of(deployer, search)).after

    assert (True, "off") == (retired.mark and retired.mark.retired, retired.state)
    assert (before.managed, before.mark, before.state) == (after.managed, after.mark, after.state)
    assert {"action.rss.command": "", "updated": after.whole["updated"]} == {
        name: value for name, value in after.whole.items() if before.whole.get(name) != value
    } | {"updated": after.whole["updated"]}


def test_a_private_copy_is_told_where_it_can_be_seen(tmp_path: Path, search: Artifact) -> None:
    """It hides ours from its user, with our mark on it. Only who may all is told of it."""
    settings = SplunkSettings(tokens=(*SplunkSettings().tokens, ALL_SEEING))
    with served(tmp_path, settings) as there:
        deployer = there.connect()
        put(deployer, search)
        hand.copy(there.lab, hand.place(search.remote_id))
        told = [[(one.remote_id, one.home) for one in asked.held(SEARCH)] for asked in _both(there)]
        ours = there_of(deployer, search)

    (few, all_) = told
    assert [(search.remote_id, True)] == few
    assert [True, False] == sorted((home for _, home in all_), reverse=True)
    assert any(id_.startswith(f"/servicesNS/{PERSON.name}/{OURS.name}/") for id_, _ in all_)
    assert ours.home


def _both(there: There) -> tuple[SplunkDeployer, SplunkDeployer]:
    return there.connect(), replace(there, token=ALL_SEEING).connect()


def test_an_object_of_another_place_is_read_by_its_path(there: There, deployer: SplunkDeployer) -> None:
    hand.make(there.lab, hand.place("Theirs / 100%", app="search"), {"search": "index=theirs"})
    (listed,) = deployer.held(SEARCH)

    assert listed == deployer.read(SEARCH, listed.remote_id)


def test_what_comes_with_the_app_is_not_deleted(there: There, deployer: SplunkDeployer, search: Artifact) -> None:
    """REST writes over a package's files, and removes nothing of them."""
    fields = {name: str(value) for name, value in search.body.items()} | {MARK: str(search.mark), "disabled": "1"}
    there.lab.knowledge.install(OURS, {"savedsearches": {search.remote_id: fields}})
    seen = there_of(deployer, search)
    with pytest.raises(HuntlineError, match="comes with the app"):
        deployer.remove(seen)

    assert (search.mark, True) == (seen.mark, seen.home)
    assert ["warn"] == [one.state for one in deployer.inspect(search, seen) if one.name == "layer"]


def test_a_schedule_that_is_none_is_refused_with_splunks_words(deployer: SplunkDeployer, search: Artifact) -> None:
    with pytest.raises(QueryRejected, match="cron_schedule"):
        deployer.put(replace(search, body={**search.body, "cron_schedule": "never"}), None, on=False, instead={})


def test_no_secret_is_shown(there: There) -> None:
    deployer = there.connect()

    assert DEPLOYER.password not in repr(deployer)
    assert there.token.encoded not in repr(deployer)
    assert f"{there.running.url} app {OURS.name}" == deployer.place
