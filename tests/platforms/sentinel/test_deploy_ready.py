"""Laws of looking before and after: what stands in the way is named, and what does not work is found out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance.deploying.ground import ORDER, applied, plan
from huntline.deploy.drift import drifts
from huntline.deploy.means import Means, Target
from huntline.deploy.plan import look
from huntline.errors import Unauthenticated
from huntline.ledger.choices import Choice, choose
from huntline.ledger.store import open_ledger
from huntline.model.artifact import Artifact
from huntline.model.tenant import Deploying, Tenant
from huntline.ports import Finding
from huntline.remote import Patience
from huntline_sentinel.plugin import PLATFORM
from lab.sentinel import hand
from lab.sentinel.roles import READER, SENTINEL_CONTRIBUTOR, Role
from lab.sentinel.rules.run import run_rule
from lab.sentinel.rules.template import deploy_template
from lab.sentinel.settings import DEPLOYER
from lab.sentinel.store import Keep
from lab.serve.faults import Fault, Refusal, When
from platforms.handmade import loaded
from platforms.sentinel.deploying import CAMPAIGN, There, add, listed, put, served, some, stored_scopes

CONTENT = Path(__file__).parents[3] / "content" / "sentinel" / "azuredeploy.json"
SELF = "Microsoft.SecurityInsights/alertRules"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def rule() -> Artifact:
    return some()[0]


def findings(there: There, artifact: Artifact) -> dict[str, Finding]:
    deployer = there.connect()
    over = deployer.read(artifact.kind, artifact.remote_id)
    assert over is not None
    return listed(deployer.inspect(artifact, over))


def means(there: There, *scopes: str, deploying: Deploying = Deploying()) -> Means:  # noqa: B008 (frozen)
    """Return what deploys the campaign's pack to some scopes."""
    assert PLATFORM.renderer is not None
    assert PLATFORM.limits is not None
    pack = loaded(CAMPAIGN)
    return Means(
        target=Target(
            Tenant("t", "c", "sentinel", {}, deploying=deploying), there.connect(), Patience(2, timedelta(seconds=1))
        ),
        pack=pack,
        detections=pack.detections,
        blocked=(),
        scopes=tuple(one for one in PLATFORM.scopes({}) if one.name in scopes),
        renderer=PLATFORM.renderer({}),
        limits=partial(PLATFORM.limits, there.settings),
    )


def test_a_good_connection_is_ready_and_looking_changes_nothing(there: There) -> None:
    found = listed(there.connect().ready())

    assert {"ok"} == {one.state for one in found.values()}
    assert f"permission {SELF}/write" in found
    assert {"GET"} == {one.method for one in there.ground.running.journal.entries() if "Microsoft" in one.path}


@pytest.mark.parametrize(
    ("role", "states"),
    [
        (READER, {f"permission {SELF}/write": "fail", f"permission {SELF}/read": "ok", "permissions of use": "warn"}),
        (Role(SENTINEL_CONTRIBUTOR.actions, (f"{SELF}/delete",)), {"permissions of use": "warn"}),
        (
            Role(("Microsoft.SecurityInsights/*", "Microsoft.Authorization/*/read")),
            {"workspace": "fail", "permission Microsoft.OperationalInsights/workspaces/tables/read": "fail"},
        ),
    ],
)
def test_a_permission_that_lacks_is_named(tmp_path: Path, role: Role, states: dict[str, str]) -> None:
    """Without those that writing needs nothing is written; without the others purge and verify fail."""
    with served(tmp_path, who=replace(DEPLOYER, role=role)) as there:
        found = listed(there.connect().ready())

    assert states == {name: found[name].state for name in states}


def test_through_lighthouse_whose_credentials_rules_carry_is_told(tmp_path: Path) -> None:
    """A rule is switched off when its author loses access."""
    with served(tmp_path, more={"lighthouse": True}) as there:
        found = listed(there.connect().ready())["lighthouse and rules"]

    assert ("warn", True) == (found.state, "credentials of whoever wrote it" in found.words)


def test_an_app_that_is_refused_ends_it(there: There) -> None:
    with pytest.raises(Unauthenticated):
        replace(there, who=replace(DEPLOYER, secret="wrong")).connect().ready()


def test_scopes_whose_table_is_not_there_are_told_and_functions_count_as_there(there: There) -> None:
    """Whether a function is there nobody tells; a rule over one that is not is refused when it is written."""
    scopes = [one for one in PLATFORM.scopes({}) if one.name in ("security-event", "sysmon-event", "asim-dns")]
    asked = len(there.ground.running.journal.entries())
    found = there.connect().absent(scopes)

    assert {"sysmon-event": "the workspace has no table Event"} == found
    assert 3 == len([*there.ground.running.journal.entries()][asked:])  # the authority twice, and the tables


@pytest.mark.parametrize("kept", ["Basic", "Auxiliary"])
def test_scopes_whose_table_rules_do_not_read_are_told(there: There, kept: Any) -> None:
    there.lab.store.change("SecurityEvent", keep=Keep(kept))
    scopes = [one for one in PLATFORM.scopes({}) if one.name == "security-event"]

    assert {"security-event": f"table SecurityEvent is of plan {kept}, which rules do not read"} == (
        there.connect().absent(scopes)
    )


def test_a_rule_that_works_is_proved(there: There, rule: Artifact) -> None:
    """Its last run is known only where health monitoring is on."""
    put(there.connect(), rule, on=True)
    without = findings(there, rule)
    ran(there, rule, "Success", "")
    found = findings(there, rule)

    assert "unknown" == without["last run"].state
    assert {"schedule": "ok", "query": "ok", "last run": "ok"} == {name: one.state for name, one in found.items()}


def test_a_rule_whose_last_run_failed_is_found_out(there: There, rule: Artifact) -> None:
    put(there.connect(), rule, on=True)
    ran(there, rule, "Failure", "The table is gone")
    found = findings(there, rule)["last run"]

    assert ("fail", True) == (found.state, found.words.endswith("Failure The table is gone"))


def ran(there: There, rule: Artifact, status: str, words: str) -> None:
    """Let the service tell of a run: of this rule now, of another one later."""
    now = datetime.now(UTC)
    columns = ("SentinelResourceType", "SentinelResourceId", "Status", "Description")
    told = [
        {
            "TimeGenerated": now - timedelta(minutes=ago),
            **dict(zip(columns, ("Analytics Rule", id_, *said), strict=True)),
        }
        for ago, id_, said in (
            (9, f"/alertRules/{rule.remote_id}", ("Success", "")),
            (5, f"/alertRules/{rule.remote_id}", (status, words)),
            (1, "/alertRules/another", ("Failure", "not ours")),
        )
    ]
    there.lab.store.add("SentinelHealth", dict.fromkeys(columns, "string"), told)


def test_a_gap_between_two_runs_is_found_out(there: There, rule: Artifact) -> None:
    """What arrives between them is seen by neither: the query itself looks back no further than its own schedule."""
    put(there.connect(), rule, on=True)
    good = findings(there, rule)["schedule"]
    hand.edit(there.lab, rule.remote_id, queryFrequency="PT1H")
    found = findings(there, rule)["schedule"]

    assert ("ok", "fail") == (good.state, found.state)
    assert "every PT1H" in found.words
    assert "arrived in the last 0:25:00" in found.words


def test_a_rule_whose_query_does_not_run_is_found_out(tmp_path: Path, rule: Artifact) -> None:
    """Its table went away since."""
    with served(tmp_path, tables=("security-event", "sysmon-event")) as there:
        put(there.connect(), rule, on=True)
        there.lab.store.drop("SecurityEvent")
        found = findings(there, rule)["query"]

    assert ("fail", True) == (found.state, "SecurityEvent" in found.words)


def test_doctor_looks_at_deploying_where_it_is_set(there: There) -> None:
    """As the app that deploys; the one that hunts needs none of it."""
    probe = PLATFORM.probe
    assert probe is not None
    told = dict(there.settings)
    with_it = listed(tuple(probe(told, there.secrets.__getitem__)))
    del told["deploy"]
    without = listed(tuple(probe(told, there.secrets.__getitem__)))
    there.ground.running.faults.add(Fault(Refusal(403), When(path="workspaces/[^/]+$", nth=3, times=None)))
    broken = listed(tuple(probe(there.settings, there.secrets.__getitem__)))

    assert "ok" == with_it[f"permission {SELF}/write"].state
    assert {"workspace", f"permission {SELF}/write", "permissions of use"} <= set(with_it) - set(without)
    assert "fail" == broken["workspace"].state


def test_the_imported_template_is_ours_and_nothing_of_it_is_written_again(tmp_path: Path) -> None:
    """The file that is committed, deployed by hand: same ids, same marks, and a plan without a ledger has nothing to do.

    Rules over functions (ASIM) are left out: the stand-in has none.
    """
    scopes = stored_scopes()
    template = json.loads(CONTENT.read_text())
    template["resources"] = [one for one in template["resources"] if "\n_Im_" not in one["properties"]["query"]]
    with served(tmp_path, tables=scopes) as there:
        rules = deploy_template(there.lab, template, workspace=there.lab.settings.name)
        made = plan(means(there, *scopes), open_ledger(str(tmp_path / "ledger.sqlite"), create=True))
        writes = there.asked("PUT")

    assert len(rules) > 100
    assert {one.name: "unchanged" for one in rules} == {
        one.remote_id: one.action for one in made.changes if one.artifact
    }
    assert [] == writes


def test_a_plan_that_would_have_more_on_than_the_workspace_takes_says_so(tmp_path: Path) -> None:
    """Before anything is written; apply then writes as many as there is room for, and names the rest."""
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    with served(tmp_path, more={"rules": 3}, enabled_rules=3) as there:
        quiet = plan(means(there, "security-event"), ledger)
        loud = means(there, "security-event", deploying=Deploying(enabled=True))
        made = plan(loud, ledger)
        result = applied(made, loud.target, ledger)
        count = sum(one.artifact is not None for one in made.changes)
        on = [one for one in there.lab.rules.live().values() if one.properties["enabled"]]

    words = f"{count} scheduled rules would be on, and the workspace takes 3: the rest is refused when it is written"
    assert ((), (words,)) == (quiet.warnings, made.warnings)
    assert (3, count - 3) == (len(on), sum(one.end == "failed" for one in result.done))
    assert 3 == len(there.asked("PUT"))


def test_a_rule_that_fails_for_good_is_held_until_somebody_decides_and_is_then_as_we_left_it(tmp_path: Path) -> None:
    """Its table went away, and came back: name and description are the service's doing, and ours again by decision."""
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    on = Deploying(enabled=True)
    with served(tmp_path) as there:
        made = means(there, "security-event", deploying=on)
        first = plan(made, ledger)
        assert applied(first, made.target, ledger).whole
        change = next(one for one in first.changes if one.artifact)
        there.lab.store.drop("SecurityEvent")
        for _ in range(there.lab.settings.failures):
            run_rule(there.lab, change.remote_id, datetime.now(UTC))
        broken = there.lab.rules.the(change.remote_id).properties
        add(there.lab, "security-event")
        held = plan(made, ledger)
        told = [one for one in drifts(look(made, ledger)) if one.remote_id == change.remote_id]
        with ledger.write() as connection:
            choose(
                connection, "t", [Choice("Scheduled", change.remote_id, "state", "overwrite", "off_by_platform", "ada")]
            )
        asked = plan(made, ledger)
        assert applied(asked, made.target, ledger, replace(ORDER, plan="plan-2")).whole
        after = there.lab.rules.the(change.remote_id).properties

    assert (False, True) == (broken["enabled"], broken["displayName"].startswith("AUTO DISABLED"))
    assert ["off_by_platform"] == [one.what for one in told]
    assert ("held", True) == (
        next(one for one in held.changes if one.remote_id == change.remote_id).action,
        broken["description"] in next(one for one in held.changes if one.remote_id == change.remote_id).reason,
    )
    assert [change.remote_id] == [one.remote_id for one in asked.changes if one.writes]
    assert change.artifact is not None
    wanted: Any = change.artifact.body["properties"]
    assert (True, wanted["displayName"], wanted["description"]) == (
        after["enabled"],
        after["displayName"],
        after["description"],
    )
