"""Laws of identity: keys, privileges, what silently shrinks, and the headers that make a client refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import elasticsearch
import pytest

from lab.elastic.plant import plant
from lab.elastic.settings import HUNTER, Application, ElasticSettings, Grant, Key
from lab.elastic.store import Store
from lab.serve.faults import Bend, Fault
from lab_tests.elastic.served import MAPPING, RUN, STREAM, VERSION, Cluster, at, cluster, ids

NARROW = Key("narrow", "narrow-secret", (Grant(("logs-made.*",)),))
WRITER = Key("writer", "writer-secret", (Grant(("*",), frozenset({"write"})),))
MONITOR = Key("monitor", "monitor-secret", cluster=frozenset({"monitor"}))


def two_streams() -> Store:
    store = Store()
    store.add("logs-made.process-default", MAPPING, plant([at("2023-03-01")], RUN, MAPPING, name="open"))
    store.add("logs-secret.process-default", MAPPING, plant([at("2023-03-01")], RUN, MAPPING, name="shut"))
    return store


def settings(*keys: Key) -> ElasticSettings:
    return ElasticSettings(version=VERSION, keys=(HUNTER, *keys))


@pytest.mark.parametrize("key", [
    Key("lab-hunter", "wrong"), Key("nobody", "x"),
    Key("old", "s", expires=datetime(2023, 1, 1, tzinfo=UTC)), Key("gone", "s", revoked=True),
])  # fmt: skip
def test_a_bad_key_is_401_with_its_reason(key: Key, tmp_path: Path) -> None:
    """Bad credentials are never retried: they must be told from a busy server."""
    known = [key] if key.expires or key.revoked else []
    with cluster(tmp_path, None, settings(*known)) as there:
        status, headers, body = there.http("GET", "/_security/_authenticate", key=key)

    assert (401, "security_exception", "ApiKey") == (status, body["error"]["type"], headers["WWW-Authenticate"])
    assert key.id in body["error"]["additional_unsuccessful_credentials"]


@pytest.mark.parametrize("word", ["expired_key", "revoked_key"])
def test_a_key_can_end_in_the_middle_of_a_hunt(word: str, tmp_path: Path) -> None:
    """By the script, from a request on."""
    with cluster(tmp_path, None, None, Fault(Bend(word))) as there:
        assert [401, 200] == [there.eql()[0] for _ in range(2)]


def test_a_pattern_shrinks_to_what_the_key_may_read(tmp_path: Path) -> None:
    """Denied indices are no error (2.2): a tenant half denied looks searched."""
    with cluster(tmp_path, two_streams(), settings(NARROW), key=NARROW) as there:
        found = there.client.eql.search(index="logs-*", query="any where true")
        known = there.client.indices.resolve_index(name="logs-*")["data_streams"]

    assert (["open-0"], ["logs-made.process-default"]) == (ids(found), [one["name"] for one in known])


def test_has_privileges_tells_what_a_pattern_hides(tmp_path: Path) -> None:
    """The only way to see the shrinking beforehand (2.2)."""
    asked = [{"names": ["logs-*", "logs-made.*", "logs-made.process-default"], "privileges": ["read", "write"]}]
    with cluster(tmp_path, two_streams(), settings(NARROW), key=NARROW) as there:
        said = there.client.security.has_privileges(index=asked, cluster=["monitor"])

    read = {name: held["read"] for name, held in said["index"].items()}
    assert {"logs-*": False, "logs-made.*": True, "logs-made.process-default": True} == read
    assert (False, {"monitor": False}) == (said["has_all_requested"], said["cluster"])


def test_a_denied_name_is_403_or_falls_away_with_ignore_unavailable(tmp_path: Path) -> None:
    """EQL ignores what is unavailable by default, and what is denied with it (mem)."""
    target = "logs-made.process-default,logs-secret.process-default"
    with cluster(tmp_path, two_streams(), settings(NARROW)) as there:
        silent = there.http("POST", f"/{target}/_eql/search", {"query": "any where true"}, key=NARROW)
        strict = there.http(
            "POST", f"/{target}/_eql/search?ignore_unavailable=false", {"query": "any where true"}, key=NARROW
        )

    assert (200, ["open-0"]) == (silent[0], ids(silent[2]))
    assert (403, "security_exception") == (strict[0], strict[2]["error"]["type"])
    assert "on indices [logs-secret.process-default]" in strict[2]["error"]["reason"]


def test_a_key_that_may_not_read_finds_nothing_without_an_error(tmp_path: Path) -> None:
    """In 9.x an empty answer: denied and clean look the same."""
    with cluster(tmp_path, two_streams(), ElasticSettings(version="9.1.0", keys=(WRITER,))) as there:
        status, _, body = there.http("POST", "/logs-*/_eql/search", {"query": "any where true"}, key=WRITER)

    assert (200, []) == (status, ids(body))


@pytest.mark.parametrize("path", ["/", "/_license", "/_cluster/settings", "/_remote/info"])
def test_what_tells_of_the_cluster_needs_monitor(path: str, tmp_path: Path) -> None:
    """A hunt key has no cluster privilege (2.2): even the root says 403."""
    with cluster(tmp_path, None, settings(MONITOR)) as there:
        denied, allowed = there.http("GET", path), there.http("GET", path, key=MONITOR)

    assert (403, 200) == (denied[0], allowed[0])
    assert "is granted by the cluster privileges [monitor,manage,all]" in denied[2]["error"]["reason"]


def test_who_am_i_is_open_to_every_key(tmp_path: Path) -> None:
    """The doctor's first question."""
    with cluster(tmp_path) as there:
        said = there.client.security.authenticate()

    assert ("api_key", "lab-hunter") == (said["authentication_type"], said["api_key"]["id"])


@pytest.mark.parametrize(("version", "asked", "status"), [
    ("8.19.3", 7, 200), ("8.19.3", 8, 200), ("8.19.3", 9, 400), ("9.1.0", 7, 400), ("9.1.0", 8, 200), ("9.1.0", 9, 200),
])  # fmt: skip
def test_a_server_serves_clients_of_its_major_and_the_one_before(
    version: str, asked: int, status: int, tmp_path: Path
) -> None:
    """A 9.x client is refused by 8.x, an 8.x client served by 9.x (4a)."""
    kind = f"application/vnd.elasticsearch+json; compatible-with={asked}"
    with cluster(tmp_path, None, ElasticSettings(version=version)) as there:
        answered, headers, body = there.http("GET", "/_security/_authenticate", Accept=kind)

    assert status == answered
    if status == 400:
        assert "media_type_header_exception" == body["error"]["type"]
        assert f"but found {asked}" in body["error"]["caused_by"]["reason"]
    else:
        assert f"application/vnd.elasticsearch+json;compatible-with={asked}" == headers["Content-Type"]


def test_the_client_refuses_what_does_not_say_elasticsearch(tmp_path: Path) -> None:
    """A proxy that eats the header stops a hunt (2.1)."""
    with (
        cluster(tmp_path, None, None, Fault(Bend("not_elastic"))) as there,
        pytest.raises(elasticsearch.UnsupportedProductError),
    ):
        there.client.eql.search(index=STREAM, query="any where true")


def test_a_warning_of_the_server_reaches_the_client(tmp_path: Path) -> None:
    """The client turns the header into a Python warning (2.1), which names truncation and deprecation."""
    with (
        cluster(tmp_path, None, None, Fault(Bend("warning", name="this was cut"))) as there,
        pytest.warns(elasticsearch.ElasticsearchWarning, match="this was cut"),
    ):
        there.client.eql.search(index=STREAM, query="any where true")


def test_a_search_can_be_told_by_its_opaque_id(tmp_path: Path) -> None:
    """EQL's async ids are the server's: ours travels with X-Opaque-Id (4a) and is in the journal."""
    with cluster(tmp_path) as there:
        _, headers, _ = there.http("GET", "/_security/_authenticate", X_Opaque_Id="ticket-1")
        entry = there.running.journal.entries()[-1]

    assert ("ticket-1", "ticket-1") == (headers["X-Opaque-Id"], entry.headers["x-opaque-id"])


def test_the_journal_holds_no_key(tmp_path: Path) -> None:
    """It is written to disk by whoever runs the lab."""

    def texts(there: Cluster) -> str:
        return "".join(map(repr, there.running.journal.entries()))

    with cluster(tmp_path) as there:
        there.eql()
        said = texts(there)

    assert (False, False) == (HUNTER.encoded in said, HUNTER.secret in said)


def test_a_key_can_ask_for_its_privileges_in_kibana(tmp_path: Path) -> None:
    """Elasticsearch keeps them, by application and resource; `all` of a feature includes `read`."""
    asked = [
        {"application": "kibana-.kibana", "privileges": ["feature_x.read", "feature_y.all"], "resources": ["space:a"]}
    ]
    key = Key("k", "s", applications=(Application(frozenset({"feature_x.all"}), ("space:a",)),))
    with cluster(tmp_path, None, settings(key), key=key) as there:
        said = there.client.security.has_privileges(application=asked)

    held = {"kibana-.kibana": {"space:a": {"feature_x.read": True, "feature_y.all": False}}}
    assert (held, False) == (said["application"], said["has_all_requested"])
