"""Many tenants, some of which fail, each in its way: the others are done, these are named, and the next run touches only them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from journeys.cli import Ended, Warm
from journeys.rollout import WORDS, estate, listings, office, rules, settle, writes
from journeys.siem import Office
from lab.serve.faults import Fault, Refusal, Stall, When
from lab.serve.journal import Entry
from platforms.elastic.deploying import There

GOOD = ("north", "south")
FAULTS = {
    "busy": Fault(Refusal(429), When(path="^/s/busy/.*_find", times=None)),
    "forbidden": Fault(Refusal(403), When(method="POST", path="^/s/forbidden/", times=None)),
    "slow": Fault(Stall(1.5), When(path="^/s/slow/.*_find", times=None)),
}
BAD = (*FAULTS, "nowhere", "unfiltered")
APPLY = ("apply", "--pack", "rules", "--yes")
NOWHERE = {"elastic-defend": {"names": {"process": "logs-elsewhere-*"}}}
BROKEN = "title: t\nlogsource: {category: process_creation, product: windows}\nfilter: {rules: [any]}\n"
FILTER = (
    "title: t\nlogsource: {category: process_creation, product: windows}\n"
    "filter: {rules: [any], s: {Image|endswith: scanner.exe}, condition: not s}\n"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """How both runs ended, and a look between them; what each of both asked of Kibana."""

    office: Office
    there: There
    ends: Sequence[Ended]
    asked: Sequence[Sequence[Entry]]
    stood: Mapping[str, int]  # rules by space after the first run


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("tenants")
    with estate(folder / "lab", *GOOD, *BAD, checked=False) as there:
        made = office(folder / "office", warm=warm)
        for name in (*GOOD, *BAD):
            settle(made, there, name, space=name, enabled=True)
        by_name = {str(one["name"]): one for one in made.tenants}
        by_name["slow"]["settings"]["timeout"] = 0.7
        by_name["nowhere"]["settings"]["sources"] = NOWHERE
        by_name["unfiltered"]["filters"] = ["filter.yml"]
        (made.folder / "filter.yml").write_text(BROKEN, encoding="utf-8")
        made.save()
        there.rules.faults.add(*FAULTS.values())
        first = made.run(*APPLY)
        asked, stood = there.rules.journal.entries(), {name: len(rules(there, name)) for name in (*GOOD, *BAD)}
        there.rules.faults.clear()
        verified = made.run("verify", "--pack", "rules")
        looked = len(there.rules.journal.entries())
        (made.folder / "filter.yml").write_text(FILTER, encoding="utf-8")
        del by_name["nowhere"]["settings"]["sources"]
        made.save()
        second = made.run(*APPLY)
        yield Seen(made, there, (first, second, verified), (asked, there.rules.journal.entries()[looked:]), stood)


def test_who_fails_hurts_no_other(seen: Seen) -> None:
    """Not even where a platform says for ever that it is busy."""
    assert dict.fromkeys(GOOD, len(WORDS)) | dict.fromkeys(BAD, 0) == seen.stood


def test_each_failure_is_named_with_its_cause_and_request(seen: Seen) -> None:
    """The exit code says that not all is done; where the platform gives the request an id, it is told."""
    told = {name: "\n".join(line for line in seen.ends[0].err.splitlines() if name in line) for name in BAD}

    assert 1 == seen.ends[0].code
    assert re.search(r"busy: failed: Kibana: 429 .*\(request huntline-[0-9a-f-]{36}\)", told["busy"])
    assert re.search(r"forbidden: failed: create Word alpha .*Kibana: 403 .*\(request huntline-", told["forbidden"])
    assert "slow: failed: no answer in time" in told["slow"]
    assert "nowhere: not written: nothing of the pack applies: " in told["nowhere"]
    assert "nothing is stored under logs-elsewhere-*" in told["nowhere"]
    assert "unfiltered: not written: blocked: filter.yml: " in told["unfiltered"]
    assert not re.search(rf"^({'|'.join(GOOD)}): (failed|not written|moved)", seen.ends[0].err, re.MULTILINE)


def test_the_next_run_writes_only_to_those_that_failed(seen: Seen) -> None:
    """The others are looked at by one listing per kind, as a plan of nothing is applied by none."""
    spaces = [one.path.split("/")[2] for one in writes(seen.asked[1])]
    looked = [one.path.split("/")[2] for one in listings(seen.asked[1])]

    assert 0 == seen.ends[1].code, seen.ends[1].err
    assert {name: len(WORDS) for name in BAD} == {name: spaces.count(name) for name in set(spaces)}
    assert {1} == {looked.count(name) for name in GOOD}
    assert all(len(WORDS) == len(rules(seen.there, name)) for name in (*GOOD, *BAD))
    assert 0 == seen.office.run("plan", "--pack", "rules", "--no-counts").code
    assert [] == seen.office.leaks()


def test_what_is_not_there_does_not_verify(seen: Seen) -> None:
    """A tenant without a single rule is none that holds."""
    told = {line.split(":")[0]: line for line in seen.ends[2].out.splitlines() if not line.startswith(" ")}

    assert 1 == seen.ends[2].code
    assert dict.fromkeys(GOOD, "verified, 3 objects") == {name: told[name].split(": ")[1] for name in GOOD}
    assert not [name for name in BAD if "verified" in told[name]]
    assert "    FAILED   not written: nothing of the pack applies" in seen.ends[2].out
    assert "    FAILED   not written: blocked: filter.yml: " in seen.ends[2].out


def test_both_runs_are_in_the_audit(seen: Seen) -> None:
    """A write that was refused, too."""
    rows = [json.loads(line) for line in seen.office.run("audit", "--json").out.splitlines()]
    failed = {(row["tenant"], row["phase"]) for row in rows}

    assert {(name, phase) for name in (*GOOD, *BAD) for phase in ("begun", "done")} | {
        ("forbidden", "failed")
    } == failed
