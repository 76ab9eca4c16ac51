"""Asset files: read as they are exported, refused in their place, and never about another customer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from huntline.errors import ConfigError
from huntline.model.lease import Lease
from huntline.model.window import Window
from huntline.tenants.assets import END, START, load_assets
from journeys.cli import hunt, huntline, write_lines

HEAD = "address,host,from,until\n"
MARCH = Window(datetime(2023, 3, 1, tzinfo=UTC), datetime(2023, 3, 2, 12, tzinfo=UTC))


def leases(folder: Path, text: str, *customers: str) -> dict[str, tuple[Lease, ...]]:
    path = folder / "leases"
    path.write_text(text, encoding="utf-8")
    return dict(load_assets(path, customers=customers or ("Acme",)))


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "10.0.0.9,ws-1,2023-03-01,2023-03-02T12:00:00Z\n",
        "\ufeff" + HEAD + '"10.0.0.9","ws-1","2023-03-01T00:00:00","2023-03-02 12:00:00"\r\n',
        "mac,until,from,host,address\nx,2023-03-02T13:00:00+01:00,2023-03-01T01:00:00+01:00, ws-1 ,::ffff:10.0.0.9\n",
        '{"address":"10.0.0.9","host":"ws-1","from":"2023-03-01","until":"2023-03-02T12:00:00Z","x":1}\n\n',
    ],
)
def test_csv_and_json_of_any_spelling_say_the_same(tmp_path: Path, text: str) -> None:
    """Exports differ by server; a time without zone is UTC, as documented."""
    assert {"Acme": (Lease("10.0.0.9", "ws-1", MARCH),)} == leases(tmp_path, text)


def test_an_empty_time_is_open(tmp_path: Path) -> None:
    """A static address has neither start nor end."""
    assert {"Acme": (Lease("10.0.0.9", "ws-1", Window(START, END)),)} == leases(tmp_path, HEAD + "10.0.0.9,ws-1,,\n")


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (HEAD + "10.0.0.9,ws-1,,\n10.0.0.300,ws-1,,\n", 3, "address"),
        (HEAD + "10.0.0.9,,,\n", 2, "host"),
        (HEAD + "10.0.0.9,10.0.0.8,,\n", 2, "host"),
        (HEAD + "10.0.0.9,ws-1,yesterday,\n", 2, "from"),
        (HEAD + "10.0.0.9,ws-1,2023-03-02,2023-03-02\n", 2, "until"),
        (HEAD + "10.0.0.9,ws-1,9999-12-31T23:59:59-10:00,\n", 2, "from"),
        ("address,host\n10.0.0.9,ws-1\n", 1, "from"),
        ('{"address": "10.0.0.9"}\n', 1, "host"),
        ('{"address": "10.0.0.9", "host": "a"}\n{"addr', 2, ""),
        ('{"a":1}\n[]\n', 1, "address"),
        (HEAD + '10.0.0.9,"ws', 2, ""),
        (HEAD + "10.0.0.9,ws-1\n", 2, ""),
        (HEAD + "10.0.0.9,ws-1,,,,\n", 2, ""),
        ("", 1, "address"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_line_and_key(
    tmp_path: Path, text: str, line: int, key: str
) -> None:
    """A row left out in silence would leave a host unknown, and a row guessed would accuse one."""
    with pytest.raises(ConfigError) as caught:
        leases(tmp_path, text)

    assert (line, key) == (caught.value.line, caught.value.key)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_assets(tmp_path / "gone.csv", customers=("Acme",))


def test_rows_are_only_of_the_customer_they_name(tmp_path: Path) -> None:
    text = "address,host,from,until,customer\n10.0.0.9,a,,,Acme\n10.0.0.9,b,,,Bolt\n10.0.0.9,c,,,Gone\n"
    told = leases(tmp_path, text, "Acme", "Bolt")

    assert {"Acme": ["a"], "Bolt": ["b"]} == {name: [one.host for one in of] for name, of in told.items()}


def test_a_row_of_nobody_is_refused_where_there_are_several_customers(tmp_path: Path) -> None:
    """It would join one customer's address to another's host."""
    with pytest.raises(ConfigError, match="whose it is"):
        leases(tmp_path, HEAD + "10.0.0.9,a,,\n", "Acme", "Bolt")


@pytest.mark.parametrize("way", ["option", "tenants file"])
def test_a_proxy_hit_is_told_under_the_host_of_its_customers_asset_file(tmp_path: Path, way: str) -> None:
    """From the command to the report; the other customer has the same address and stays unknown."""
    write_lines(tmp_path / "a" / "proxy.ndjson", [_request()])
    write_lines(tmp_path / "b" / "proxy.ndjson", [_request()])
    (tmp_path / "leases.csv").write_text("address,host,from,until,customer\n10.0.0.9,ws-1,,,Acme\n", encoding="utf-8")
    named = {"assets": "leases.csv"} if way == "tenants file" else {}
    tenants = [_customer("Acme", "a", named), _customer("Bolt", "b", {})]
    (tmp_path / "tenants.yml").write_text(json.dumps({"customers": tenants}), encoding="utf-8")
    assert 3 == huntline("hunt", "--until", "2023-06-01", cwd=tmp_path).code
    given = ["--assets", "leases.csv"] if way == "option" else []
    done = huntline("report", "--out", "report", *given, cwd=tmp_path)
    cases = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))["cases"]

    assert (0, "") == (done.code, done.err)
    assert {"Acme": ["ws-1"], "Bolt": ["unknown host at 10.0.0.9"]} == {
        one["customer"]: [line["host"] for line in one["storylines"]] for one in cases
    }


def test_a_broken_asset_file_stops_the_report_with_a_place(tmp_path: Path) -> None:
    """A report that silently knew less would look like one that knew all."""
    write_lines(tmp_path / "logs" / "proxy.ndjson", [_request()])
    (tmp_path / "leases.csv").write_text(HEAD + "nowhere,ws-1,,\n", encoding="utf-8")
    hunt(tmp_path / "logs", tmp_path)
    done = huntline("report", "--out", "report", "--assets", "leases.csv", cwd=tmp_path)

    assert (2, False) == (done.code, (tmp_path / "report").exists())
    assert "leases.csv:2: address:" in done.err


def _customer(name: str, logs: str, more: dict[str, str]) -> dict[str, Any]:
    tenant = {"name": name.lower(), "platform": "archive", "settings": {"logs": [logs]}}
    return {"name": name, "tenants": [tenant], **more}


def _request() -> dict[str, Any]:
    return {
        "@timestamp": "2023-03-20T10:00:00Z",
        "c-ip": "10.0.0.9",
        "cs-host": "msstorageazure.com",
        "c-uri": "/analysis",
        "cs-method": "GET",
    }
