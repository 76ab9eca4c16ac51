"""Namespaces and rights: private copies that shadow, sharing, packages and what was changed over them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from splunklib import client
from splunklib.binding import HTTPError

from lab.splunk.saved_fields import from_conf
from lab.splunk.settings import ADMIN, DEPLOYER, DEPLOYING, HUNTER, OURS, PERSON, SplunkSettings
from lab_tests.splunk.keeper import APP, NAME, SEARCHES, TEXT, administrator, ours, person, rule
from lab_tests.splunk.served import Deployed, deployed

SHIPPED = {"search": TEXT, "enableSched": "1", "cron_schedule": "*/5 * * * *", "counttype": "number of events"}


def texts(service: client.Service) -> list[tuple[str, str]]:
    return [(one.access.owner, one["search"]) for one in service.saved_searches.list()]


def package(there: Deployed, **stanzas: dict[str, str]) -> None:
    there.lab.knowledge.install(OURS, {"savedsearches": {name: from_conf(one) for name, one in stanzas.items()}})


def found(there: Deployed) -> Any:
    """Return the entry as JSON has it."""
    answer = administrator(there).get(f"saved/searches/{NAME}", output_mode="json")
    return json.loads(answer.body.read())["entry"][0]


def test_a_private_copy_shadows_the_apps_search_for_its_user_alone(tmp_path: Path) -> None:
    """The name is free in a namespace of one's own, and there it wins (1.2)."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        person(there).saved_searches.create(NAME, search="search index=mine")
        assert [("ana", "search index=mine")] == texts(person(there))
        assert [("deployer", TEXT)] == texts(ours(there))


def test_a_private_object_is_seen_by_its_user_and_by_who_sees_everything(tmp_path: Path) -> None:
    """So a deployer without admin_all_objects cannot report what shadows its searches (docs)."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        person(there).saved_searches.create(NAME, search="search index=mine")
        everywhere = [ours(there, user, owner="-", app="-") for user in (DEPLOYER, ADMIN)]
        assert [1, 2] == [len(texts(one)) for one in everywhere]
        with pytest.raises(client.AmbiguousReferenceException):
            everywhere[1].saved_searches[NAME]


def test_a_new_search_is_its_makers_and_an_acl_gives_it_to_nobody(tmp_path: Path) -> None:
    """Also one in nobody's namespace (mem); sharing and owner are asked for together [L1]."""
    with deployed(tmp_path) as there:
        made = rule(ours(there))
        assert ("deployer", "app") == (made.access.owner, made.access.sharing)
        made.acl_update(
            sharing="global", owner="nobody", **{"perms.read": "*", "perms.write": "admin,huntline_deployer"}
        )
        found = ours(there).saved_searches[NAME].access
        status, _, said = there.http("POST", f"{SEARCHES}/3CX%20-%20a%20rule/acl", sharing="app")
    assert ("nobody", "global", ["admin", "huntline_deployer"]) == (found.owner, found.sharing, found.perms.write)
    assert (400, "The following required arguments are missing: owner.") == (status, said["messages"][0]["text"])


@pytest.mark.parametrize(("owner", "sharing"), [("nobody", "user"), ("nobody", "world")])
def test_rights_that_are_none_are_refused(owner: str, sharing: str, tmp_path: Path) -> None:
    """Nobody has no private objects."""
    with deployed(tmp_path) as there, pytest.raises(HTTPError, match="HTTP 400"):
        rule(ours(there)).acl_update(owner=owner, sharing=sharing)


def test_an_object_is_given_to_another_user_by_who_sees_everything(tmp_path: Path) -> None:
    """A deployer gives its own to nobody, and takes what is nobody's, no more (inf)."""
    with deployed(tmp_path) as there:
        made = rule(ours(there))
        with pytest.raises(HTTPError, match="HTTP 403"):
            made.acl_update(owner="ana", sharing="app")
        administrator(there).saved_searches[NAME].acl_update(owner="ana", sharing="app")
        assert [("ana", TEXT)] == texts(ours(there))


def test_what_is_shared_globally_shows_in_every_app(tmp_path: Path) -> None:
    """And what an app shares stays in it."""
    with deployed(tmp_path) as there:
        rule(ours(there), "here")
        rule(ours(there), "everywhere").acl_update(sharing="global", owner="nobody")
        found = person(there, app="search").saved_searches.list()
        assert [("everywhere", APP)] == [(one.name, one.access.app) for one in found]


def test_a_private_search_becomes_the_apps_where_its_user_may_write(tmp_path: Path) -> None:
    """Sharing moves it; without the right to write the app it stays."""
    with deployed(tmp_path) as there:
        rule(ours(there, owner="deployer")).acl_update(sharing="app", owner="deployer")
        assert [NAME] == [one.name for one in person(there).saved_searches.list()]
        mine = person(there).saved_searches.create("mine", search=TEXT)
        with pytest.raises(HTTPError, match="cannot write: /nobody/huntline/savedsearches/mine"):
            mine.acl_update(sharing="app", owner="ana")


def test_only_who_may_write_the_app_makes_changes_and_removes(tmp_path: Path) -> None:
    """403, and it names the object, who asked and whom the app lets."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        reading = person(there, owner="nobody")
        attempts: list[Callable[[], Any]] = [
            lambda: reading.saved_searches.create("other", search=TEXT),
            lambda: reading.saved_searches[NAME].update(description="mine"),
            lambda: reading.saved_searches.delete(NAME),
        ]
        for attempt in attempts:
            with pytest.raises(
                HTTPError, match=r"User 'ana' with roles { power } cannot write: .*huntline_deployer"
            ) as no:
                attempt()
            assert 403 == no.value.status
        assert [("deployer", TEXT)] == texts(ours(there))


def test_without_the_capability_to_schedule_there_is_no_such_argument(tmp_path: Path) -> None:
    """The handler does not say what is missing (seen for capabilities like it)."""
    reader = replace(DEPLOYER, role=replace(DEPLOYING, capabilities=frozenset({"search"})))
    with deployed(tmp_path, None, SplunkSettings(users=(HUNTER, reader))) as there:
        with pytest.raises(HTTPError, match='Argument "is_scheduled" is not supported by this handler') as refused:
            ours(there).saved_searches.create(NAME, search=TEXT, is_scheduled=1)
        assert 400 == refused.value.status
        ours(there).saved_searches.create(NAME, search=TEXT)


@pytest.mark.parametrize(("owner", "app"), [("nobody", "not-there"), ("not-there", APP)])
def test_a_namespace_that_is_not_there_is_not_found(owner: str, app: str, tmp_path: Path) -> None:
    """An app that was not installed is not made by writing to it."""
    with deployed(tmp_path) as there:
        with pytest.raises(HTTPError, match=r"HTTP 404 Not Found -- .* does not exist: not-there"):
            rule(ours(there, owner=owner, app=app))
        with pytest.raises(HTTPError, match="HTTP 400"):
            rule(ours(there, owner="-"))


def test_what_a_package_ships_is_changed_over_not_removed(tmp_path: Path) -> None:
    """Its time is 1970 until somebody changes it here; then that wins, over a newer package too [S4]."""
    with deployed(tmp_path) as there:
        package(there, **{NAME: SHIPPED})
        before = found(there)
        assert ("1970", False, True) == (
            before["updated"][:4],
            before["acl"]["removable"],
            before["content"]["is_scheduled"],
        )
        administrator(there).saved_searches[NAME].update(**{"alert.severity": 1})
        package(there, **{NAME: {**SHIPPED, "alert.severity": "5", "description": "newer"}})
        after = found(there)
        assert (1, "newer") == (after["content"]["alert.severity"], after["content"]["description"])
        assert not after["updated"].startswith("1970")
        with pytest.raises(HTTPError, match="HTTP 403"):
            administrator(there).saved_searches.delete(NAME)


def test_an_upgrade_leaves_what_was_changed_of_a_search_it_no_longer_ships(tmp_path: Path) -> None:
    """The changed settings are an object of their own then; a search nobody touched is gone."""
    with deployed(tmp_path) as there:
        package(there, touched=SHIPPED, untouched=SHIPPED)
        administrator(there).saved_searches["touched"].update(description="mine")
        package(there)
        assert [("touched", None, "mine")] == [
            (one.name, one["cron_schedule"], one["description"]) for one in administrator(there).saved_searches.list()
        ]


def test_a_rest_object_and_a_package_meet_in_one_name(tmp_path: Path) -> None:
    """What REST wrote is the local layer of what is installed later, and hides its settings."""
    with deployed(tmp_path) as there:
        rule(ours(there), search="search index=by_rest")
        package(there, **{NAME: SHIPPED})
        assert ["search index=by_rest"] == [text for _, text in texts(ours(there))]
        assert not found(there)["acl"]["removable"]


def test_the_person_owns_what_the_person_makes(tmp_path: Path) -> None:
    """Nobody else writes into a user's namespace, but for who may everything."""
    with deployed(tmp_path) as there:
        with pytest.raises(HTTPError, match="HTTP 403"):
            rule(ours(there, owner=PERSON.name))
        rule(ours(there, ADMIN, owner=PERSON.name), is_scheduled=0)
        assert [("ana", TEXT)] == texts(person(there))
