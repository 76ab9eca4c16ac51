"""Laws of a rule's shape: one spelling whoever wrote it, a mark only where it is ours, and nothing of the customer's lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from huntline.errors import ConfigError
from huntline.model.artifact import Artifact
from huntline_sentinel.artifact import marked
from huntline_sentinel.rule_shape import deployed, normal, retired, span_of, wanted
from huntline_sentinel.settings import deploying, read_settings
from platforms.handmade import stored
from platforms.sentinel.handmade import renderer


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return stored(renderer(), tmp_path, tags=["attack.execution", "attack.defense-evasion", "attack.t1059.001"])


def rule(artifact: Artifact, *, on: bool = True, **told: Any) -> dict[str, Any]:
    """Return a rule as the service holds it; `told` are properties that it says otherwise."""
    body: dict[str, Any] = marked(artifact, on=on)
    stamped = {"lastModifiedUtc": "2026-11-01T10:00:00.1234567Z", "alertRuleTemplateName": None}
    return {"name": artifact.remote_id, "etag": '"1"', **body, "properties": {**body["properties"], **stamped, **told}}


def test_what_the_service_spells_otherwise_is_no_difference(artifact: Artifact) -> None:
    """Durations, the order of tactics, null for what is empty, line ends of the portal's editor."""
    query = rule(artifact)["properties"]["query"].replace("\n", "\r\n")
    other = rule(
        artifact,
        queryFrequency="PT900S",
        queryPeriod="PT75M",
        tactics=["Execution", "DefenseEvasion"],
        query=query,
        entityMappings=artifact.body["properties"]["entityMappings"],  # type: ignore[index,call-overload]  # a map
    )
    groups = other["properties"]["incidentConfiguration"]["groupingConfiguration"]
    groups |= {"lookbackDuration": "PT75M", "groupByEntities": None, "groupByCustomDetails": None}

    assert ["DefenseEvasion", "Execution"] == normal(artifact)["tactics"]
    assert normal(artifact) == deployed(other).managed


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("PT5M", 5),
        ("PT1H", 60),
        ("P1D", 1440),
        ("P1DT1H", 1500),
        ("P2W", 20160),
        ("PT300S", 5),
        ("P", None),
        ("5", None),
    ],
)
def test_a_duration_is_read_in_every_spelling(text: str, minutes: int | None) -> None:
    span = span_of(text)

    assert minutes == (None if span is None else span.total_seconds() / 60)


def test_a_mark_is_ours_only_at_the_head_of_the_query(artifact: Artifact) -> None:
    """Further down it is a text like any other; a comment of theirs above it changes nothing."""
    query = rule(artifact)["properties"]["query"]
    first, rest = query.split("\n", 1)
    above = deployed(rule(artifact, query=f"// tuned by Ada\n{query}"))
    below = deployed(rule(artifact, query=f"{rest}\n{first}"))

    assert (artifact.mark, True) == (above.mark, above.home)
    assert f"// tuned by Ada\n{rest}" == above.managed["query"]
    assert (None, False, f"{rest}\n{first}") == (below.mark, below.home, below.managed["query"])


def test_a_copy_bears_our_mark_and_is_not_at_home(artifact: Artifact) -> None:
    copy = deployed({**rule(artifact), "name": "00000000-0000-4000-8000-000000000000"})

    assert (artifact.mark, False) == (copy.mark, copy.home)


def test_what_is_the_customers_is_sent_back(artifact: Artifact) -> None:
    """PUT replaces the whole object; what is null or stamped is not sent."""
    own: dict[str, Any] = {
        "customDetails": {"Host": "DeviceName"},
        "alertDetailsOverride": {"alertDisplayNameFormat": "{{DeviceName}}"},
        "suppressionEnabled": True,
        "suppressionDuration": "PT5H",
        "templateVersion": "1.0.0",
    }
    sent = wanted(artifact, deployed(rule(artifact, severity="Low", **own)), on=True, instead={})["properties"]

    assert own == {name: sent[name] for name in own}
    assert "High" == sent["severity"]
    assert not {"lastModifiedUtc", "alertRuleTemplateName"} & set(sent)


def test_a_new_rule_says_all_that_the_service_asks_for(artifact: Artifact) -> None:
    """Suppression, too, off: from then on it is the customer's."""
    sent = wanted(artifact, None, on=False, instead={})

    assert marked(artifact, on=False) == sent


def test_a_kept_value_is_written_in_place_of_ours(artifact: Artifact) -> None:
    path = "incidentConfiguration.groupingConfiguration.matchingMethod"
    sent = wanted(artifact, None, on=True, instead={"severity": "Low", path: "AnyAlert"})["properties"]

    assert ("Low", "AnyAlert") == (
        sent["severity"],
        sent["incidentConfiguration"]["groupingConfiguration"]["matchingMethod"],
    )


def test_a_rule_that_the_service_switched_off_is_known_by_its_prefix(artifact: Artifact) -> None:
    """Its new name and description are no edits of a person; a person's rule that only bears such a name, and is on, is on."""
    name = f"AUTO DISABLED {artifact.name}"
    off = deployed(rule(artifact, on=False, displayName=name, description="The table is gone."))
    on = deployed(rule(artifact, displayName=name))

    assert ("off_by_platform", "The table is gone.", name) == (off.state, off.words, off.name)
    assert {path: value for path, value in normal(artifact).items() if path != "description"} == off.managed
    assert ("on", "", name) == (on.state, on.words, on.managed["displayName"])


def test_a_retired_rule_is_off_and_marked_and_else_as_it_was(artifact: Artifact) -> None:
    before = deployed(rule(artifact, customDetails={"Host": "DeviceName"}))
    after = deployed({**rule(artifact), **retired(before)})

    assert after.mark is not None
    assert (True, True, "off", before.managed) == (after.mark.retired, after.home, after.state, after.managed)
    assert {"Host": "DeviceName"} == after.whole["properties"]["customDetails"]  # type: ignore[index,call-overload]  # a map


def test_rules_may_be_written_by_another_app_than_the_one_that_hunts() -> None:
    """Each proves who it is in its own way; nothing of the one is used for the other."""
    told: dict[str, object] = {"tenant": "t", "client": "hunter", "secret": "env:A"}
    same = deploying(read_settings({**told, "deploy": {}}))
    other = deploying(read_settings({**told, "deploy": {"client": "writer", "certificate": "app.pem"}}))
    machine = deploying(read_settings({**told, "deploy": {"managed_identity": True}}))

    assert ("hunter", "env:A") == (same.client, same.secret)
    assert ("writer", "", "app.pem") == (other.client, other.secret, other.certificate)
    assert ("", "", True) == (machine.client, machine.secret, machine.managed_identity)


def test_two_proofs_of_who_deploys_are_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        read_settings({"deploy": {"secret": "env:A", "assertion": "file"}})

    assert "deploy.assertion" == caught.value.key
