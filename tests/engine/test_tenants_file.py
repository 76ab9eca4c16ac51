"""Laws of the tenants file: nothing in it is passed over, every mistake is told in its place."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from huntline.errors import ConfigError
from huntline.model.tenant import Limits, Tenant
from huntline.tenants.load import load_tenants, tenants_and_errors
from huntline.tenants.shape import schema_text

WHOLE = """customers:
  - name: Acme
    assets: leases.csv
    tenants:
      - name: acme-siem
        platform: standin
        settings: {token: env:ACME}
        limits: {parallel: 3, per_minute: 90}
        filters: [filters/admins.yml]
        expected_hosts: [WS-2, ws-1, ws-2]
      - {name: acme-old, platform: archive, settings: {logs: [old/]}, expected_hosts: hosts.txt}
"""


def written(folder: Path, text: str = WHOLE, hosts: str = "dc-1\n") -> Path:
    (folder / "hosts.txt").write_text(hosts, encoding="utf-8")
    (folder / "tenants.yml").write_text(text, encoding="utf-8")
    return folder / "tenants.yml"


def problems(path: Path) -> list[tuple[int, str, str]]:
    found = [one for one in tenants_and_errors(path) if isinstance(one, ConfigError)]
    return [(error.line, error.key, error.problem) for error in found]


def test_all_that_stands_in_the_file_reaches_the_tenant(tmp_path: Path) -> None:
    (siem,) = load_tenants(written(tmp_path), names=("acme-siem",))

    assert ("Acme", "standin", {"token": "env:ACME"}) == (siem.customer, siem.platform, siem.settings)
    assert (Limits(3, 90), (str(tmp_path / "filters" / "admins.yml"),)) == (siem.limits, siem.filters)


def test_an_expected_host_is_one_whatever_its_case(tmp_path: Path) -> None:
    """Two spellings would make two machines of one, and one of them would never be seen."""
    old, siem = load_tenants(written(tmp_path, hosts="# servers\n\n  DC-1 \ndc-1\ndc-2\n"), names=())

    assert (("DC-1", "dc-2"), ("WS-2", "ws-1")) == (old.expected_hosts, siem.expected_hosts)


def test_a_tenant_without_them_has_no_limits_filters_or_hosts(tmp_path: Path) -> None:
    text = "customers: [{name: A, tenants: [{name: a, platform: archive}]}]\n"
    (tenant,) = load_tenants(written(tmp_path, text), names=())

    assert (Limits(None, None), (), ()) == (tenant.limits, tenant.filters, tenant.expected_hosts)


@pytest.mark.parametrize(
    ("before", "after", "line", "key"),
    [
        ("assets:", "asets:", 3, "customers.0.asets"),
        ("platform: standin", "platfrom: standin", 6, "customers.0.tenants.0.platfrom"),
        ("parallel: 3", "parallel: 0", 8, "customers.0.tenants.0.limits.parallel"),
        ("parallel: 3", "parallel: 1000", 8, "customers.0.tenants.0.limits.parallel"),
        ("per_minute: 90", "per_minute: often", 8, "customers.0.tenants.0.limits.per_minute"),
        ("per_minute: 90", "per_hour: 90", 8, "customers.0.tenants.0.limits.per_hour"),
        ("[filters/admins.yml]", "filters/admins.yml", 9, "customers.0.tenants.0.filters"),
        ("[WS-2, ws-1, ws-2]", "{a: b}", 10, "customers.0.tenants.0.expected_hosts"),
        ("[WS-2, ws-1, ws-2]", "[ws-1, 10.0.0.9]", 10, "customers.0.tenants.0.expected_hosts.1"),
        ("[WS-2, ws-1, ws-2]", "[ws 1]", 10, "customers.0.tenants.0.expected_hosts.0"),
        ("[WS-2, ws-1, ws-2]", "[7]", 10, "customers.0.tenants.0.expected_hosts.0"),
        ("name: acme-old", "name: acme-siem", 11, "customers.0.tenants.1.name"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(before: str, after: str, line: int, key: str, tmp_path: Path) -> None:
    """A key nobody heeds is a filter that does not filter, or a limit that does not limit."""
    assert before in WHOLE
    found = problems(written(tmp_path, WHOLE.replace(before, after)))

    assert (line, key) in [(at, where) for at, where, _ in found]


def test_every_mistake_is_told_not_only_the_first(tmp_path: Path) -> None:
    text = WHOLE.replace("parallel: 3", "parallel: 0").replace("assets:", "asets:").replace("[WS-2, ws-1, ws-2]", "7")

    assert {3, 8, 10} == {line for line, _, _ in problems(written(tmp_path, text))}


def test_a_broken_file_of_hosts_is_told_by_its_own_line(tmp_path: Path) -> None:
    """An address in it would be a machine that nobody ever sees."""
    path = written(tmp_path, hosts="dc-1\n\n10.0.0.9\n")
    (error,) = (one for one in tenants_and_errors(path) if isinstance(one, ConfigError))

    assert (str(tmp_path / "hosts.txt"), 3) == (error.file, error.line)


def test_a_missing_file_of_hosts_is_an_error_not_an_empty_list(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "hosts.txt").unlink()

    with pytest.raises(ConfigError, match="cannot be read"):
        load_tenants(path, names=())


def test_a_customer_stands_in_the_file_once(tmp_path: Path) -> None:
    """Of two entries one asset file would be lost without a word."""
    twice = WHOLE + "  - {name: Acme, tenants: [{name: acme-2, platform: archive}]}\n"

    assert [(12, "customers.1.name")] == [(line, key) for line, key, _ in problems(written(tmp_path, twice))]


def test_one_wrong_tenant_does_not_hide_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE.replace("ws-1, ws-2", "10.0.0.9"))

    assert ["acme-old"] == [one.name for one in tenants_and_errors(path) if isinstance(one, Tenant)]


def published() -> Any:
    return json.loads(files("huntline.tenants").joinpath("tenants.schema.json").read_text("utf-8"))


def test_the_published_schema_is_that_of_the_reader() -> None:
    """An editor that checks by another schema teaches mistakes. `huntline tenants schema` prints the current one."""
    assert json.loads(schema_text()) == published()


def test_the_schema_takes_what_the_reader_takes() -> None:
    Draft202012Validator.check_schema(published())

    assert [] == [error.message for error in Draft202012Validator(published()).iter_errors(yaml.safe_load(WHOLE))]


@pytest.mark.parametrize("change", [("assets:", "asets:"), ("parallel: 3", "parallel: 0"), ("ws-1,", "1,")])
def test_the_schema_refuses_what_the_reader_refuses(change: tuple[str, str]) -> None:
    given = yaml.safe_load(WHOLE.replace(*change))

    assert [*Draft202012Validator(published()).iter_errors(given)]
