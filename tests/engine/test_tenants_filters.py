"""Laws of a tenant's filters: what they take away is taken away, and what cannot be filtered is not hunted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.dummy import SCOPE, START, Event, Store, detection
from engine.platform import hunted, means_for
from huntline.detections.match import match
from huntline.detections.narrow import narrowed
from huntline.fleet.hunt import Failed
from huntline.hunt.means import Means
from huntline.ledger.store import open_ledger
from huntline.model.tenant import Tenant
from huntline.model.window import Window, day_window
from huntline.report.case import cases

GOOD = """title: Backups of ours
logsource: {category: test}
filter:
  rules: [evil]
  selection: {user|startswith: svc-}
  condition: not selection
"""


def tenant(folder: Path, *texts: str) -> Tenant:
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"filter{number}.yml"
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    return Tenant("t", "c", "dummy", {}, filters=tuple(paths))


def finds(means: Means, word: str, **fields: str) -> bool:
    """Whether a hunt would take the event as a hit of the detection of that name."""
    row = {name: (value,) for name, value in {"word": word, **fields}.items()}
    return any(q.detection == word and match(q.predicate, row) is not None for q in means.queries)


def blocked(means: Means) -> list[str]:
    return [refused.detection for refused in means.refused if refused.code == "filter"]


def test_a_filter_takes_away_what_it_selects_and_nothing_else(tmp_path: Path) -> None:
    """An event without the field stays a hit, or a filter would hide all that lacks it."""
    means = means_for(tenant(tmp_path, GOOD), "evil", "other")
    seen = [finds(means, "evil", user=user) for user in ("svc-backup", "anna", "a-svc-b")]

    assert ([False, True, True], True) == (seen, finds(means, "evil"))
    assert finds(means, "other", user="svc-backup")


def test_several_filters_of_a_rule_all_take_away(tmp_path: Path) -> None:
    means = means_for(tenant(tmp_path, GOOD, GOOD.replace("svc-", "adm-")), "evil")

    assert [False, False, True] == [finds(means, "evil", user=user) for user in ("svc-a", "adm-a", "anna")]


def test_any_is_every_rule_of_the_log_source(tmp_path: Path) -> None:
    means = means_for(tenant(tmp_path, GOOD.replace("[evil]", "any")), "evil", "other")

    assert [False, False] == [finds(means, word, user="svc-a") for word in ("evil", "other")]


def test_a_filter_of_before_is_hunted_anew_when_it_changes(tmp_path: Path) -> None:
    """A query's hash covers its filters: what was finished with the old one is not finished with the new one."""
    hashes = {
        query.hash
        for texts in ((), (GOOD,), (GOOD.replace("svc-", "adm-"),))
        for query in means_for(tenant(tmp_path, *texts), "evil").queries
    }

    assert 3 == len(hashes)


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        (GOOD.replace("not selection", "selection"), ["evil"]),  # keeps instead of taking away
        (GOOD.replace("not selection", "not selektion"), ["evil"]),
        (GOOD.replace("user|startswith", "user|beginswith"), ["evil"]),
        (GOOD.replace("user|startswith: svc-", "user|expand: '%admins%'"), ["evil"]),
        (GOOD.replace("  condition: not selection\n", ""), ["evil"]),
        (GOOD.replace("{category: test}", "{category: other}"), ["evil"]),  # names a rule of another log source
        (GOOD.replace("logsource: {category: test}\n", ""), ["evil"]),
        (GOOD.replace("[evil]", "any").replace("not selection", "selection"), ["evil", "other"]),
        (GOOD.replace("  rules: [evil]\n", ""), ["evil", "other"]),  # nobody knows which
        (GOOD.replace("[evil]", "[]"), ["evil", "other"]),
        (GOOD.replace("[evil]", "[7]"), ["evil", "other"]),
        (GOOD.replace("filter:", "detection:"), ["evil", "other"]),
        (GOOD.replace("title:", "title: ["), ["evil", "other"]),
        ("", ["evil", "other"]),
        ("- a\n- b\n", ["evil", "other"]),
    ],
)
def test_what_cannot_be_filtered_is_not_hunted(text: str, stopped: list[str], tmp_path: Path) -> None:
    """Unfiltered it would drown its readers; the reason stands where a refusal stands."""
    means = means_for(tenant(tmp_path, text), "evil", "other")

    assert (stopped, sorted({"evil", "other"} - set(stopped))) == (blocked(means), [q.detection for q in means.queries])
    assert all(one.construct.startswith("filter0.yml: ") and one.scope == SCOPE.name for one in means.refused)


def test_a_filter_file_that_is_not_there_blocks_all(tmp_path: Path) -> None:
    gone = replace(tenant(tmp_path), filters=(str(tmp_path / "gone.yml"),))

    assert ["evil", "other"] == blocked(means_for(gone, "evil", "other"))


def test_a_good_filter_beside_a_broken_one_does_not_open_it(tmp_path: Path) -> None:
    broken = GOOD.replace("not selection", "selection")

    assert ["evil"] == blocked(means_for(tenant(tmp_path, GOOD, broken), "evil", "other"))


def test_a_filter_of_no_rule_of_the_pack_is_told_to_every_reader(tmp_path: Path) -> None:
    """It filters nothing: the rule it means has another id, or is of another pack."""
    means = means_for(tenant(tmp_path, GOOD.replace("[evil]", "[evil, evvil]")), "evil")

    assert (
        "Filters of tenant t: filter0.yml: the filter names 'evvil', which is no rule of the pack.",
    ) == means.warnings
    assert not finds(means, "evil", user="svc-a")


def test_a_rule_can_be_named_by_its_name(tmp_path: Path) -> None:
    named = replace(detection("evil"), rule={"name": "evil_rule"})
    found = narrowed((named,), tenant(tmp_path, GOOD.replace("[evil]", "[evil_rule]")).filters)

    assert ((), ()) == (found.blocked, found.findings)
    assert found.detections[0].predicate != named.predicate


def test_a_blocked_detection_leaves_the_answer_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the file to the case: no hit of it, no verdict but not run, and the reason on record."""
    store = Store((Event("one", START, "evil"),))
    of = tenant(tmp_path, GOOD.replace("not selection", "selection"))
    (end,) = hunted([of], store, Window(START, day_window(START.date()).end), tmp_path, monkeypatch)
    (case,) = cases(open_ledger(str(tmp_path / "ledger.sqlite"), create=False), customer=None)

    assert (False, 0) == (isinstance(end, Failed), len(case.hits))
    assert [("evil", "filter", ())] == [(one.detection, one.code, case.cells) for one in case.unserved]
