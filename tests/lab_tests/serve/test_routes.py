"""Laws of the table of routes."""

from __future__ import annotations

from lab.serve.routes import Found, Route, Unserved, find

ROUTES = (
    Route("GET", "/{index}/_search", lambda: "search"),
    Route("POST", "/{index}/_search", lambda: "search"),
    Route("GET", "/_search", lambda: "all"),
    Route("GET", "/jobs/mine", lambda: "mine"),
    Route("GET", "/jobs/{id}", lambda: "one"),
)


def test_a_variable_segment_is_decoded_and_named() -> None:
    """Index patterns hold commas, stars and colons, which clients escape or not."""
    found = find(ROUTES, "GET", "/a%2Cb-*/_search")

    assert isinstance(found, Found)
    assert {"index": "a,b-*"} == found.variables


def test_a_fixed_segment_goes_before_a_variable_one() -> None:
    """Else the order of the table would decide."""
    found = find(ROUTES, "GET", "/jobs/mine")

    assert isinstance(found, Found)
    assert "/jobs/mine" == found.route.pattern


def test_a_path_that_is_not_there_and_a_method_that_is_not_allowed_differ() -> None:
    """Platforms answer 404 and 405, and clients fall back on the difference."""
    assert Unserved(()) == find(ROUTES, "GET", "/nothing/here")
    assert Unserved(("GET", "POST")) == find(ROUTES, "PUT", "/a/_search")
