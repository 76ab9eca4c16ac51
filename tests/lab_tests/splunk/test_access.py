"""Who may ask: session keys, tokens, cookies, and what the server tells of itself and of its user."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from splunklib.binding import AuthenticationError, HTTPError

from lab.serve.faults import Bend, Fault, Skew, When
from lab.splunk.settings import HUNTER, TOKEN, Role, SplunkSettings, Token, User
from lab_tests.splunk.served import connect, deployed

INFO = "/services/server/info"
CONTEXT = "/services/authentication/current-context"


def test_a_login_gives_a_key_and_a_cookie_that_is_sent_from_then_on(tmp_path: Path) -> None:
    """The SDK asks for both and prefers the cookie [L1]."""
    with deployed(tmp_path) as there:
        assert "9.2.1" == there.service.info["version"]
        assert ["splunkd_8089"] == list(there.service.get_cookies())
        assert ["login", "info"] == [one.path.rpartition("/")[2] for one in there.running.journal.entries()]
        assert "cookie" in there.running.journal.entries()[1].headers


def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    """The SDK words it as its own error."""
    with deployed(tmp_path) as there, pytest.raises(AuthenticationError, match=r"Login failed\."):
        connect(there.running, username=HUNTER.name, password="wrong")


def test_a_bearer_token_is_followed_by_a_cookie(tmp_path: Path) -> None:
    """So the second request no longer shows the token (1.1)."""
    with deployed(tmp_path) as there:
        service = connect(there.running, splunkToken=TOKEN.encoded)
        assert service.info["guid"] == service.info["guid"]
        first, second = there.running.journal.entries()[-2:]
        assert ("authorization" in first.headers, "cookie" in first.headers) == (True, False)
        assert ("authorization" in second.headers, "cookie" in second.headers) == (False, True)


def test_a_server_may_leave_tokens_without_a_cookie(tmp_path: Path) -> None:
    """Then each request shows the token."""
    with deployed(tmp_path, None, SplunkSettings(token_cookies=False)) as there:
        service = connect(there.running, splunkToken=TOKEN.encoded)
        assert service.info["guid"] == service.info["guid"]
        assert "authorization" in there.running.journal.entries()[-1].headers


def test_a_stale_cookie_is_refused_whatever_stands_beside_it(tmp_path: Path) -> None:
    """A cookie is looked at first, and a good token does not help (1.1)."""
    with deployed(tmp_path) as there:
        shown = {"Authorization": f"Bearer {TOKEN.encoded}"}
        assert 200 == there.http("GET", INFO, shown)[0]
        status, _, said = there.http("GET", INFO, {**shown, "Cookie": "splunkd_8089=stale"})
    assert 401 == status
    assert {"messages": [{"type": "WARN", "text": "call not properly authenticated"}]} == said


def test_a_session_ends(tmp_path: Path) -> None:
    """After an hour the key is no key; the SDK says who must log in."""
    with deployed(tmp_path) as there:
        assert there.service.info["version"]
        there.running.faults.add(Fault(Skew(3_601)))
        with pytest.raises(AuthenticationError, match="Request failed: Session is not logged in"):
            there.service.get(INFO)


@pytest.mark.parametrize(
    "token",
    [
        replace(TOKEN, revoked=True),
        replace(TOKEN, expires=datetime(2023, 1, 1, tzinfo=UTC)),
        replace(TOKEN, user="nobody-here"),
    ],
)
def test_a_token_that_is_revoked_over_or_of_nobody_is_refused(tmp_path: Path, token: Token) -> None:
    """All three in the same words."""
    with deployed(tmp_path, None, SplunkSettings(tokens=(token,))) as there:
        assert 401 == there.http("GET", INFO, {"Authorization": f"Bearer {token.encoded}"})[0]


@pytest.mark.parametrize("word", ["expired_token", "revoked"])
def test_a_script_ends_a_token_while_it_is_used(tmp_path: Path, word: str) -> None:
    """One request is refused, the next is not."""
    with deployed(tmp_path) as there:
        there.running.faults.add(Fault(Bend(word)))
        assert [401, 200] == [there.http("GET", INFO)[0] for _ in range(2)]


def test_a_token_tells_when_it_ends() -> None:
    """Its middle part is JSON, so that a client need not ask (docs: authentication tokens)."""
    encoded = Token("x", "s", "hunter", expires=datetime(2027, 1, 1, tzinfo=UTC)).encoded
    middle = encoded.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert (1_798_761_600, "hunter") == (claims["exp"], claims["sub"])


def test_nobody_is_asked_for_nothing(tmp_path: Path) -> None:
    """No credential, a scheme nobody knows, a key nobody gave."""
    with deployed(tmp_path) as there:
        shown = [{}, {"Authorization": "Digest x"}, {"Authorization": "Splunk x"}, {"Authorization": "Bearer x"}]
        assert [401] * 4 == [there.http("GET", INFO, one)[0] for one in shown]


def test_every_answer_ends_its_connection_and_is_dated(tmp_path: Path) -> None:
    """The SDK reads an empty body from a server that keeps it open (4a)."""
    with deployed(tmp_path) as there:
        for path in (INFO, "/services/nothing", "/services/search/v2/jobs/none"):
            _, headers, _ = there.http("GET", path)
            assert "Close" == headers["Connection"]
            assert "Date" in headers


def test_a_clock_that_is_wrong_shows_in_every_answer(tmp_path: Path) -> None:
    """In the header and in the feed: doctor compares it with its own."""
    with deployed(tmp_path) as there:
        there.running.faults.add(Fault(Skew(7_200), When(times=None)))
        _, headers, said = there.http("GET", INFO)
    ahead = parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)
    assert 7_190 < ahead.total_seconds() < 7_210
    assert 7_190 < (datetime.fromisoformat(said["updated"]) - datetime.now(UTC)).total_seconds() < 7_210


def test_a_user_knows_its_roles_and_what_they_are_held_to(tmp_path: Path) -> None:
    """The limits stand with the role, not with the user (1.3)."""
    role = Role(name="narrow", jobs=1, disk_megabytes=5, window=86_400, earliest=604_800, filter="host=WS-1")
    user = replace(HUNTER, role=role)
    with deployed(tmp_path, None, SplunkSettings(users=(user,))) as there:
        said = there.http("GET", CONTEXT)[2]["entry"][0]["content"]
        assert (["narrow"], "hunter") == (said["roles"], said["username"])
        held = there.service.roles["narrow"]
        assert ["1", "5", "86400", "604800", "host=WS-1"] == [
            held[name] for name in ("srchJobsQuota", "srchDiskQuota", "srchTimeWin", "srchTimeEarliest", "srchFilter")
        ]
        assert ["*"] == held["srchIndexesAllowed"]


def test_other_roles_are_for_those_who_may_list_them(tmp_path: Path) -> None:
    """Others find only their own (inf)."""
    admin = User("admin", "pw", Role(name="admin", capabilities=frozenset({"search", "list_all_roles"})))
    with deployed(tmp_path, None, SplunkSettings(users=(HUNTER, admin))) as there:
        assert ["hunter"] == [one.name for one in there.service.roles.list()]
        assert 404 == there.http("GET", "/services/authorization/roles/admin")[0]
        powerful = connect(there.running, username="admin", password="pw")
        assert ["admin", "hunter"] == [one.name for one in powerful.roles.list()]


def test_a_search_needs_the_capability(tmp_path: Path) -> None:
    """Else 403."""
    user = replace(HUNTER, role=Role(capabilities=frozenset()))
    with deployed(tmp_path, None, SplunkSettings(users=(user,))) as there, pytest.raises(HTTPError, match="HTTP 403"):
        there.service.jobs.create("search index=sysmon")


def test_a_setting_is_read_by_those_who_may(tmp_path: Path) -> None:
    """search_retry hides lost peers, so it is worth a look (1.3)."""
    path = "/services/properties/limits/search/search_retry"
    user = replace(HUNTER, role=Role(capabilities=frozenset({"search"})))
    with deployed(tmp_path / "a", None, SplunkSettings(search_retry=True)) as there:
        assert b"true" == there.service.get(path).body.read()
    with deployed(tmp_path / "b", None, SplunkSettings(users=(user,))) as there, pytest.raises(HTTPError, match="403"):
        there.service.get(path)


def test_an_old_server_has_no_second_version(tmp_path: Path) -> None:
    """The SDK falls back to v1 before 9.0.2, of Cloud before 9.0.2209 (1.1)."""
    with deployed(tmp_path / "old", None, SplunkSettings(version="9.0.1")) as there:
        assert 90 == len(there.rows())
        assert not [one.path for one in there.running.journal.entries() if "/v2/" in one.path]
        assert 404 == there.http("GET", "/services/search/v2/jobs")[0]
    with deployed(tmp_path / "cloud", None, SplunkSettings(version="9.0.2208", instance_type="cloud")) as there:
        assert there.service.disable_v2_api
        assert 90 == len(there.rows())
