"""An analyst at work in Kibana: deployed rules edited by hand in every way, and what drift must say of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lab.kibana import hand
from lab.kibana.app import KibanaLab
from lab.kibana.store import DEFAULT

Rule = Mapping[str, Any]
Told = tuple[str, str, str, str, str]  # what, rule, field, owner, by whom: as `huntline drift --json` has them

OWN: Final = ("exceptions_list", "actions")
KNOWN_GOOD: Final = {"field": "host.name", "type": "match", "operator": "included", "value": "BUILD-1"}


@dataclass(frozen=True, slots=True)
class Edit:
    """`did` is what the analyst did to `rule`, as it was before; `told` is None where that is no drift but the customer's."""

    did: str
    rule: Rule
    told: Told | None


def edit_by_hand(lab: KibanaLab) -> tuple[Edit, ...]:
    """Edit a rule of another detection each time; the last one gets what is the customer's own."""
    rules = iter(_one_of_each(rules_of(lab).values()))
    return tuple(make(lab, next(rules)) for make in (*CHANGES, _own))


def rules_of(lab: KibanaLab) -> Mapping[str, Rule]:
    """Return the rules of the default space by rule_id."""
    return {str(kept.rule["rule_id"]): kept.rule for kept in lab.store.spaces[DEFAULT].rules()}


def detection_of(rule: Rule) -> str:
    """Return the id of the detection that a rule of ours was made from, as its mark has it."""
    (mark,) = (tag for tag in rule["tags"] if tag.startswith("huntline:"))
    return str(mark).split("/")[1]


def told(drifts: Sequence[Mapping[str, Any]]) -> frozenset[Told]:
    """Return what drift says of a tenant, a line for each field."""
    none = [{"path": "", "owner": ""}]
    return frozenset(
        (one["what"], one["id"], field["path"], field["owner"], one["by"])
        for one in drifts
        for field in one["fields"] or none
    )


def _one_of_each(rules: Iterable[Rule]) -> list[Rule]:
    """Return an EQL rule for each detection, by name."""
    ours = sorted((one for one in rules if one["type"] == "eql"), key=lambda one: (one["name"], one["rule_id"]))
    return list({detection_of(one): one for one in reversed(ours)}.values())[::-1]


def _changed(did: str, field: str, **fields: str) -> Callable[[KibanaLab, Rule], Edit]:
    def make(lab: KibanaLab, rule: Rule) -> Edit:
        hand.edit(lab, rule["rule_id"], **fields)
        return Edit(did, rule, ("edited", rule["rule_id"], field, "theirs", hand.WHO))

    return make


def _disabled(lab: KibanaLab, rule: Rule) -> Edit:
    hand.switch(lab, rule["rule_id"], on=False)
    return Edit("disabled", rule, ("switched_off", rule["rule_id"], "", "", hand.WHO))


def _deleted(lab: KibanaLab, rule: Rule) -> Edit:
    hand.delete(lab, rule["rule_id"])
    return Edit("deleted", rule, ("deleted", rule["rule_id"], "", "", ""))


def _own(lab: KibanaLab, rule: Rule) -> Edit:
    hand.add_exception(lab, rule["rule_id"], [KNOWN_GOOD])
    hand.add_action(lab, rule["rule_id"])
    return Edit("gave an exception and an action to", rule, None)


CHANGES: Final = (
    _changed("changed the query of", "query", query="any where true"),
    _changed("lowered the severity of", "severity", severity="low"),
    _changed("changed the schedule of", "interval", interval="2h"),
    _changed("renamed", "name", name="My own name"),
    _disabled,
    _deleted,
)
