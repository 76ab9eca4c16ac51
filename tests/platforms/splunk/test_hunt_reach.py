"""What a search does not see and does not say: roles, peers, providers, archives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.hunting.ground import (
    WANTED,
    Planted,
    beat,
    case_of,
    every,
    folder,
    found,
    hunt,
    verdict_on,
)
from conformance.hunting.splunk_ground import INDEX, SplunkGround, made, splunk_ground
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.window import Window
from lab.serve.faults import Refusal
from lab.splunk.settings import Peer, Provider, Role, SplunkSettings
from lab.splunk.store import Keeping, Store
from platforms.splunk.hunting import DAY, DAYS, all_verdicts, as_role, once


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SplunkGround]:
    with splunk_ground(folder(tmp_path, "server")) as made:
        yield made


def test_a_role_with_a_filter_sees_less_and_nothing_is_clean(tmp_path: Path, ledger: Ledger) -> None:
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(filter="host=ws-1"))) as ground:
        ground.plant((*every(3, DAY), *beat(), Planted("far", DAYS[9], host="ws-2")))
        result = hunt(ground, ledger)

        assert 3 == result.known
        assert "clean" not in all_verdicts(ledger)
        assert [words for words in result.incomplete if "filter hides events" in words]


def test_a_role_that_may_read_less_than_is_named_is_told(tmp_path: Path, ledger: Ledger) -> None:
    """A wildcard shrinks without a word to what the role may read: its silence says nothing of the rest."""
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(indexes=(INDEX,)))) as ground:
        ground.plant((*every(3, DAY), *beat()))
        wide = hunt(ground, ledger)

        assert (3, False) == (wide.known, "clean" in all_verdicts(ledger))
        assert [words for words in wide.incomplete if "may not read all of *" in words]


def test_a_role_that_may_read_all_that_is_named_is_clean(tmp_path: Path, ledger: Ledger) -> None:
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(indexes=(INDEX,)))) as ground:
        ground.sources = {"sysmon": {"names": {"index": INDEX}}}
        ground.plant((*every(3, DAY), *beat()))
        hunt(ground, ledger)

        assert [{"hits"}, {"clean"}] == [verdict_on(ledger, DAYS[n]) for n in (1, 20)]


def test_a_role_that_may_read_nothing_of_a_scope_is_denied(tmp_path: Path, ledger: Ledger) -> None:
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(indexes=("main",)))) as ground:
        ground.sources = {"sysmon": {"names": {"index": INDEX}}}
        ground.plant((*every(3, DAY), *beat()))
        hunt(ground, ledger)

        assert {"denied"} == {cell.verdict for cell in case_of(ledger).cells if cell.scope == "sysmon"}


def test_a_role_that_may_search_a_week_at_a_time_is_asked_no_more(tmp_path: Path, ledger: Ledger) -> None:
    """srchTimeWin narrows a longer search without a word."""
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(window=7 * 86_400))) as ground:
        events = every(20, 3 * DAY)
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)
        assert {"clean"} == verdict_on(ledger, DAYS[1])


def test_a_roles_own_limit_goes_before_what_it_imports(tmp_path: Path, ledger: Ledger) -> None:
    """What it imports says -1, no limit; taken for its own, each search would be narrowed."""
    role = Role(window=7 * 86_400, imports=(Role("user"),))
    with splunk_ground(folder(tmp_path, "server"), as_role(role)) as ground:
        events = every(20, 3 * DAY)
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)
        assert {"clean"} == verdict_on(ledger, DAYS[1])


def test_a_provider_that_is_away_concerns_those_who_name_its_indexes(tmp_path: Path, ledger: Ledger) -> None:
    """In standard mode a search goes to a provider only by a federated index."""
    with splunk_ground(folder(tmp_path, "server"), SplunkSettings(providers=(Provider("eu", valid=False),))) as ground:
        ground.sources = {"sysmon": {"names": {"index": INDEX}}}
        ground.plant((*every(3, DAY), *beat()))
        hunt(ground, ledger)

        assert {"clean"} == verdict_on(ledger, DAYS[20])


def test_time_a_role_may_not_look_back_to_is_denied_and_the_rest_is_searched(tmp_path: Path, ledger: Ledger) -> None:
    """srchTimeEarliest, too, narrows without a word."""
    back = datetime.now(UTC) - DAYS[30]
    role = Role(earliest=int(back.total_seconds()))
    with splunk_ground(folder(tmp_path, "server"), as_role(role)) as ground:
        ground.plant((*every(20, 3 * DAY), *beat()))
        hunt(ground, ledger)

        assert [{"denied"}, {"denied"}, {"clean"}, {"hits"}] == [verdict_on(ledger, DAYS[n]) for n in (1, 28, 40, 39)]


def test_a_job_that_searched_less_than_asked_is_partial_though_nobody_tells_the_role(
    tmp_path: Path, ledger: Ledger
) -> None:
    """The job's own account of its time is the last to ask."""
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(window=7 * 86_400))) as ground:
        ground.plant((*every(3, DAY), *beat()))
        once(ground, Refusal(403), path="authorization/roles", says="", times=None)
        result = hunt(ground, ledger)

        assert [words for words in result.incomplete if "searched" in words]
        assert "clean" not in all_verdicts(ledger)


def test_a_peer_that_is_down_is_never_clean(tmp_path: Path, ledger: Ledger) -> None:
    """The others answer, and by default the search succeeds."""
    store = Store(Peer("idx1"), Peer("idx2", "Down"))
    with splunk_ground(folder(tmp_path, "server"), store=store) as ground:
        ground.plant((*every(4, DAY), *beat()))
        result = hunt(ground, ledger)

        assert result.incomplete
        assert "clean" not in all_verdicts(ledger)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (SplunkSettings(providers=(Provider("branch", valid=False),)), "federated providers"),
        (SplunkSettings(search_retry=True), "search_retry"),
    ],
    ids=["provider", "search_retry"],
)
def test_what_is_left_out_without_a_word_is_asked_for(
    tmp_path: Path, ledger: Ledger, settings: SplunkSettings, words: str
) -> None:
    """A provider without heartbeats is passed over; a server that retries gives a part of a search as if it were all."""
    with splunk_ground(folder(tmp_path, "server"), settings) as ground:
        ground.plant((*every(3, DAY), *beat()))
        result = hunt(ground, ledger)

        assert 3 == result.known
        assert "clean" not in all_verdicts(ledger)
        assert [told for told in result.incomplete if words in told]


def test_what_was_frozen_into_an_archive_is_not_searchable_and_what_was_deleted_is_no_data(
    tmp_path: Path,
) -> None:
    """Both are answered by no rows; only the index's settings tell one from the other."""
    for archiving, verdict in ((True, "not_searchable"), (False, "no_data")):
        made = open_ledger(str(tmp_path / f"{archiving}.sqlite"), create=True)
        with splunk_ground(folder(tmp_path, f"server-{archiving}")) as ground:
            ground.plant((*every(3, 20 * DAY), *beat()))
            ground.store.keep(INDEX, Keeping(archiving=archiving))
            ground.store.freeze(INDEX, DAYS[31].timestamp())
            hunt(ground, made)

            assert [{verdict}, {"clean"}] == [verdict_on(made, DAYS[n]) for n in (3, 50)]


def test_other_indexes_are_searched_where_one_is_archived_and_nothing_is_clean_there(
    ground: SplunkGround, ledger: Ledger
) -> None:
    """A pattern names both; the archived one may have held more of those days."""
    ground.plant((*every(3, 20 * DAY), *beat()))
    ground.store.add("kept", [made(Planted("kept", DAYS[4]))])
    ground.store.keep(INDEX, Keeping(frozen_dir="/archive"))
    ground.store.freeze(INDEX, DAYS[31].timestamp())
    hunt(ground, ledger)

    assert [{"hits"}, {"not_searchable"}, {"clean"}] == [verdict_on(ledger, DAYS[n]) for n in (4, 5, 50)]


def test_a_day_that_was_searched_before_it_was_frozen_stays_searched(ground: SplunkGround, ledger: Ledger) -> None:
    """And what is brought back from the archive is searched."""
    ground.store.keep(INDEX, Keeping(archiving=True))
    ground.plant((*every(3, 20 * DAY), *beat()))
    hunt(ground, ledger, wanted=WANTED)
    before = verdict_on(ledger, DAYS[7])
    ground.store.freeze(INDEX, DAYS[31].timestamp())
    hunt(ground, ledger, wanted=Window(WANTED.start, WANTED.end + DAY))

    assert {"clean"} == before | verdict_on(ledger, DAYS[7])


def test_what_is_restored_from_an_archive_is_found(ground: SplunkGround, ledger: Ledger) -> None:
    """It bears the time of arrival it always had: days that grew tell it."""
    events = every(3, 20 * DAY)
    ground.store.keep(INDEX, Keeping(archiving=True))
    ground.plant([one for one in (*events, *beat()) if one.time >= DAYS[31]])
    hunt(ground, ledger)
    ground.plant([one for one in (*events, *beat()) if one.time < DAYS[31]])
    result = hunt(ground, ledger)

    assert (2, 3) == (result.new, result.known)
    assert {"clean"} == verdict_on(ledger, DAYS[5])
