"""Search macros, by both their addresses, and in the searches that name them."""

from __future__ import annotations

from pathlib import Path

import pytest
from splunklib.binding import HTTPError

from lab_tests.splunk.keeper import APP, ours, person
from lab_tests.splunk.served import deployed, read


def test_a_macro_is_made_read_changed_and_removed(tmp_path: Path) -> None:
    """The SDK knows them by configs/conf-macros; a name tells the number of arguments."""
    with deployed(tmp_path) as there:
        macros = ours(there).macros
        macros.create("in(1)", "index=$name$", args="name", iseval=0)
        macros["in(1)"].update(definition="index IN ($name$)")
        made = ours(there).macros["in(1)"]
        assert ("index IN ($name$)", "name") == (made.definition, made.args)
        with pytest.raises(HTTPError, match=r"An object with name=in\(1\) already exists") as refused:
            macros.create("in(1)", "x")
        macros.delete("in(1)")
        assert [] == ours(there).macros.list()
    assert 409 == refused.value.status


def test_both_addresses_lead_to_the_same_macros(tmp_path: Path) -> None:
    """admin/macros is what Splunk's own interface asks."""
    with deployed(tmp_path) as there:
        ours(there).post("admin/macros", name="where", definition="index=sysmon")
        assert "index=sysmon" == ours(there).macros["where"].definition


def test_a_private_macro_shadows_the_apps(tmp_path: Path) -> None:
    """As any object of a user's own does."""
    with deployed(tmp_path) as there:
        ours(there).macros.create("where", "index=sysmon")
        person(there).macros.create("where", "index=mine")
        assert "index=mine" == person(there).macros["where"].definition
        assert ("index=sysmon", APP) == (ours(there).macros["where"].definition, ours(there).macros["where"].access.app)


def test_a_search_may_name_a_macro_of_its_namespace(tmp_path: Path) -> None:
    """In a job and in the parser; where the macro does not show, the text is refused."""
    with deployed(tmp_path) as there:
        ours(there).macros.create("where(1)", "index=$name$", args="name")
        text = "search `where(sysmon)` | stats count"
        job = ours(there).jobs.create(text, exec_mode="blocking", earliest_time=0)
        assert [{"count": "90"}] == read(job)["results"]
        assert 200 == ours(there).get("search/parser", q=text).status
        for service in (ours(there, app="search"), there.service):
            with pytest.raises(HTTPError, match="HTTP 400"):
                service.get("search/parser", q=text)


def test_a_setting_that_macros_do_not_have_is_refused(tmp_path: Path) -> None:
    """A mark cannot ride on a macro as it does on a saved search: only its definition and description hold text."""
    with deployed(tmp_path) as there, pytest.raises(HTTPError, match="HTTP 400"):
        ours(there).macros.create("where", "x", **{"huntline.mark": "1"})
