"""Laws of Resource Manager's side: tables, paging, versions, rights, throttling."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from lab.sentinel.roles import NOTHING, READER
from lab.sentinel.settings import HUNTER, Application, SentinelSettings
from lab_tests.sentinel.served import MANAGEMENT, workspace


def test_a_table_tells_its_plan_and_how_long_it_is_kept(tmp_path: Path) -> None:
    """What a hunter chooses its way by."""
    with workspace(tmp_path) as asked:
        said = [asked.arm("GET", f"/tables/{name}").body["properties"] for name in ("Event", "CommonSecurityLog")]
    names = ("plan", "retentionInDays", "totalRetentionInDays", "archiveRetentionInDays")

    assert [("Analytics", 90, 730, 640), ("Basic", 30, 365, 335)] == [
        tuple(one[name] for name in names) for one in said
    ]


def test_a_schema_names_columns_and_types(tmp_path: Path) -> None:
    """A custom table's own stand apart from the standard ones."""
    with workspace(tmp_path) as asked:
        said = asked.arm("GET", "/tables/Proxy_CL").body["properties"]["schema"]

    assert [("Computer", "string"), ("EventID", "int"), ("EventData", "string")] == [
        (one["name"], one["type"]) for one in said["columns"]
    ]
    assert "dateTime" == next(one["type"] for one in said["standardColumns"] if one["name"] == "TimeGenerated")


def test_tables_come_in_pages_by_nextlink(tmp_path: Path) -> None:
    """An absolute address, which a client follows as it is."""
    with workspace(tmp_path, settings=SentinelSettings(page=3)) as asked:
        first = asked.arm("GET", "/tables").body
        where = urlsplit(first["nextLink"])
        second = asked.http("GET", f"{where.path}?{where.query}", token=asked.token(MANAGEMENT)).body
        url = asked.running.url

    assert ["CommonSecurityLog", "Event", "Proxy_CL", "SecurityEvent"] == [
        one["name"] for page in (first, second) for one in page["value"]
    ]
    assert (url, False) == (f"{where.scheme}://{where.netloc}", "nextLink" in second)


def test_the_workspace_tells_its_id_and_paths_have_no_case(tmp_path: Path) -> None:
    """Resource Manager itself writes resourcegroups."""
    with workspace(tmp_path) as asked:
        said = asked.arm("GET")
        folded = asked.http(
            "GET", f"{asked.lab.settings.id.lower()}?api-version=2025-07-01", token=asked.token(MANAGEMENT)
        )

    assert (asked.lab.settings.workspace, 200) == (said.body["properties"]["customerId"], folded.status)


def test_a_table_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    """In Resource Manager's shape."""
    with workspace(tmp_path) as asked:
        said = asked.arm("GET", "/tables/DeviceEvents")

    assert (404, "ResourceNotFound") == (said.status, said.body["error"]["code"])


def test_an_api_version_is_asked_for_and_must_be_known(tmp_path: Path) -> None:
    """Named in every request."""
    with workspace(tmp_path) as asked:
        unknown = asked.arm("GET", version="2019-01-01")
        none = asked.http("GET", asked.lab.settings.id, token=asked.token(MANAGEMENT))

    assert [(400, "InvalidResourceType"), (400, "MissingApiVersionParameter")] == [
        (one.status, one.body["error"]["code"]) for one in (unknown, none)
    ]


def test_a_caller_without_the_right_is_told_which_one(tmp_path: Path) -> None:
    """403 with the action's name."""
    nobody = Application(HUNTER.id, HUNTER.secret, role=NOTHING)
    with workspace(tmp_path, settings=SentinelSettings(applications=(nobody,))) as asked:
        said = asked.arm("GET", "/tables")

    assert (403, True) == (
        said.status,
        "Microsoft.OperationalInsights/workspaces/tables/read" in said.body["error"]["message"],
    )


def test_a_caller_learns_what_it_may_do(tmp_path: Path) -> None:
    """For doctor."""
    with workspace(tmp_path) as asked:
        said = asked.arm("GET", "/providers/Microsoft.Authorization/permissions", version="2022-04-01")

    assert list(READER.actions) == said.body["value"][0]["actions"]


def test_reads_are_counted_down_and_then_refused_with_a_time_to_wait(tmp_path: Path) -> None:
    """By the hour, of one caller and subscription."""
    with workspace(tmp_path, settings=SentinelSettings(reads=2)) as asked:
        said = [asked.arm("GET") for _ in range(3)]

    assert [200, 200, 429] == [one.status for one in said]
    assert ["1", "0"] == [one.headers["x-ms-ratelimit-remaining-subscription-reads"] for one in said[:2]]
    assert 0 < int(said[2].headers["Retry-After"]) <= 3_600
