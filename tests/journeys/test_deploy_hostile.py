"""Text of others in a plan and in drift: names, users and fields that steer a terminal, are Markdown, or never end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from journeys.cli import Ended, Warm
from journeys.rollout import estate, ids, office, rolled_out, settle
from journeys.siem import Office
from lab.kibana import hand

STEERING = "\x1b[31mred\x1b]0;owned\x07\x9b2J \u202egnp.exe\u200b \x00 line\nbreak\u2028"
MARKUP = "| `a` | <script>alert(1)</script> [x](https://evil.example) **b** ![i](//evil.example/i) | `` ` ` |"
HOSTILE = f"{STEERING}{MARKUP}"
LONG = "x" * 2**18
NAMES = {"alpha": HOSTILE, "bravo": LONG, "charlie": "| a | b |\n## heading\n"}
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]")
FORMS = ("text", "markdown", "json")


@dataclass(frozen=True, slots=True)
class Told:
    office: Office
    plans: dict[str, Ended]
    drift: Ended
    drift_json: Ended
    verify: Ended
    ids: dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Told]:
    """Rules whose names, queries and intervals are hostile, changed by somebody who is; and one at an id of ours."""
    folder = tmp_path_factory.mktemp("hostile")
    with estate(folder / "lab", checked=False) as there:
        made = office(folder / "office", *NAMES, "delta", warm=warm)
        settle(made, there, "acme")
        rolled_out(made)
        known = ids(there)
        for word, text in NAMES.items():
            hand.edit(there.kibana, known[word], by=text[:4_000], name=text, query=f"any where true // {text}")
        hand.edit(there.kibana, known["delta"], tags=[HOSTILE], name=HOSTILE, by=HOSTILE)
        hand.make(there.kibana, name=HOSTILE, tags=[f"huntline:{HOSTILE}:0123456789abcdef"])
        plans = {
            form: made.run(
                "plan", "--pack", "rules", "--no-counts", "--adopt", "--format", form, "--out", f"{form}.json"
            )
            for form in FORMS
        }
        drift = made.run("drift", "--pack", "rules")
        in_json = made.run("drift", "--pack", "rules", "--json")
        yield Told(made, plans, drift, in_json, made.run("verify", "--pack", "rules"), known)


def test_no_output_steers_a_terminal(told: Told) -> None:
    """In no form: JSON and Markdown are read on terminals, too."""
    every = {**told.plans, "drift": told.drift, "drift --json": told.drift_json, "verify": told.verify}

    assert [3, 3, 3, 3, 3, 1] == [one.code for one in every.values()], told.drift.err
    assert [] == [name for name, one in every.items() if UNSEEN.search(one.out + one.err)]


def test_a_line_of_text_ends(told: Told) -> None:
    """A name of a quarter of a million characters hides what stands beside it."""
    lines = [line for one in (told.plans["text"], told.drift, told.verify) for line in one.out.splitlines()]

    assert 1_000 > max(map(len, lines))
    assert any("xxx" in line for line in lines)


def test_markdown_holds_no_cell_link_or_element_of_the_platforms(told: Told) -> None:
    """Every row of a table has the cells of its heading, and none is HTML."""
    lines = told.plans["markdown"].out.splitlines()
    rows = [line for line in lines if line.startswith("|")]
    wide = {"action": 6, "field": 4}
    heads = [row for row in rows if row.split("|")[1].strip() in wide]

    assert {5, 7} == {len(re.split(r"(?<!\\)\|", row)) - 1 for row in rows}
    assert 2 <= len(heads)
    assert not any(re.search(r"(?<!\\)<script|(?<!\\)\]\(|^## heading", re.sub(r"`[^`]*`", "", line)) for line in lines)
    assert 2_000 > max(map(len, lines))


def test_json_keeps_the_text_as_it_was(told: Told) -> None:
    """Nothing of it is lost: a plan is applied, and drift is read by programs."""
    (plan,) = json.loads(told.plans["json"].out)["tenants"]
    (drift,) = json.loads(told.drift_json.out)
    kept = {change["remote_id"]: change["instead"].get("name") for change in plan["changes"]}
    names = {one["id"]: one["name"] for one in drift["drifts"]}

    assert {told.ids[word]: text for word, text in NAMES.items()} == {
        told.ids[word]: kept[told.ids[word]] for word in NAMES
    }
    assert {told.ids[word]: text for word, text in NAMES.items()} == {
        told.ids[word]: names[told.ids[word]] for word in NAMES
    }


def test_a_saved_plan_with_it_is_read_again(told: Told, tmp_path: Path) -> None:
    """What was approved is what is done, whatever somebody wrote there."""
    ended = told.office.run("apply", "json.json", "--allow", "takeovers")

    assert 0 == ended.code, ended.err
    assert not UNSEEN.search(ended.out + ended.err)
    assert [] == told.office.leaks()
    assert not any(tmp_path.iterdir())
