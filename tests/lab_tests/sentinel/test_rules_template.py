"""Laws of a template's deployment: the rules committed for Sentinel are taken as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

from lab.kql.model import KqlType
from lab.render.siem.sentinel_schema import types
from lab.sentinel.rules.template import deploy_template
from lab.sentinel.store import Store
from lab.sentinel.victim import PARSERS
from lab_tests.sentinel.listed import ALIAS, MARK, hosts, listed
from lab_tests.sentinel.ruled import ID, rule, ruled

TEMPLATE = json.loads((Path(__file__).parents[3] / "content" / "sentinel" / "azuredeploy.json").read_text())
NAME = f"[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{ID}')]"
RULE = {"type": "Microsoft.OperationalInsights/workspaces/providers/alertRules", "name": NAME, **rule()}


def test_a_templates_rule_is_the_one_a_put_would_make(tmp_path: Path) -> None:
    """The same id and the same properties; deployed over a rule it asks for no etag."""
    with ruled(tmp_path) as there:
        name = there.asked.lab.settings.name
        put = there.put(rule()).body["properties"]
        deploy_template(there.asked.lab, {"resources": [RULE]}, workspace=name)
        (deployed,) = there.all()

    assert ID == deployed["name"]
    assert put | {"lastModifiedUtc": ""} == deployed["properties"] | {"lastModifiedUtc": ""}


def test_a_templates_watchlist_is_the_one_a_put_would_make(tmp_path: Path) -> None:
    """The same alias, labels and items, which the rule after it may use; deployed again it appends what is new."""
    alias = f"[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{ALIAS}')]"
    query = f"Event | where Computer in ((_GetWatchlist('{ALIAS}') | project SearchKey))"
    using = RULE | rule(query=query)
    kind = "Microsoft.OperationalInsights/workspaces/providers/Watchlists"
    with listed(tmp_path) as there:
        lab, name = there.arm.asked.lab, there.arm.asked.lab.settings.name
        for _ in range(2):
            made = deploy_template(
                lab, {"resources": [{"type": kind, "name": alias, **hosts()}, using]}, workspace=name
            )
        labels, values = there.get().body["properties"]["labels"], there.values()

    assert ([ID], [MARK], ["WS-1", "WS-2"]) == ([one.name for one in made], labels, values)


def test_a_bracket_begins_an_expression_unless_it_is_doubled(tmp_path: Path) -> None:
    """Else a text of ours would be computed."""
    with ruled(tmp_path) as there:
        lab, name = there.asked.lab, there.asked.lab.settings.name
        doubled = RULE | rule(description="[[one]")
        deploy_template(lab, {"resources": [doubled]}, workspace=name)
        said = there.get().body["properties"]["description"]
        with pytest.raises(NotImplementedError, match="expression"):
            deploy_template(lab, {"resources": [RULE | rule(description="[one]")]}, workspace=name)

    assert "[one]" == said


def test_the_committed_template_deploys_whole(tmp_path: Path) -> None:
    """Over tables as the sensors' schemas have them: every query is judged."""
    with ruled(tmp_path, fill=_every_table) as there:
        made = deploy_template(there.asked.lab, TEMPLATE, workspace=there.asked.lab.settings.name)

        assert [one.name for one in made] == [one["name"] for one in there.all()]
        assert len(TEMPLATE["resources"]) == len(made)


def _every_table(store: Store) -> None:
    for name in sorted({_table(one["properties"]["query"]) for one in TEMPLATE["resources"]}):
        columns = cast("dict[str, KqlType]", types(PARSERS.get(name, name)))
        store.add(name, columns, kind="Function" if name in PARSERS else "Microsoft")


def _table(query: str) -> str:
    """Return the table or function a query starts from: the first word that is in no comment."""
    return next(line.split()[0].removesuffix("()") for line in query.splitlines() if not line.startswith("//"))
