"""Laws of secrets: references only, resolved where they are wanted, and no error ever holds one."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from types import ModuleType

import pytest

from huntline.errors import ConfigError
from huntline.model.tenant import Tenant
from huntline.tenants.located import located
from huntline.tenants.secrets import open_to_others, reference_in, secrets_of, wanted_secrets

SECRET = "s3cr3t-planted-7f21"


def tenant(folder: Path, **settings: object) -> Tenant:
    lines = {"": 5, "settings": 7, "settings.token": 8}
    return Tenant("acme", "Acme", "standin", settings, str(folder / "tenants.yml"), lines)


def refused(text: str, of: Tenant) -> ConfigError:
    """Resolve what cannot be resolved, as a platform does when it connects."""
    with pytest.raises(ConfigError) as told, located(of):
        secrets_of(of)(text)
    return told.value


def told_whole(error: BaseException) -> str:
    """Return all a person or a log could ever see of an error, its causes and contexts included."""
    parts = [str(error), repr(error), str(vars(error)), *traceback.format_exception(error, chain=True)]
    for cause in (error.__cause__, error.__context__):
        parts += [told_whole(cause), repr(getattr(cause, "object", ""))] if cause else []
    return "\n".join(parts)


def test_an_environment_variable_is_read_when_it_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the file is loaded: what nobody holds nobody can leak."""
    secrets = secrets_of(tenant(tmp_path))
    monkeypatch.setenv("ACME_TOKEN", SECRET)

    assert SECRET == secrets("env:ACME_TOKEN")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_is_read_without_its_last_newline_beside_the_tenants_file(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Editors add a newline, and a key that ends in one is refused by every platform. Spaces may be of the secret."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "acme").write_bytes(f" {SECRET} {end}".encode())
    monkeypatch.chdir("/")

    assert f" {SECRET} " == secrets_of(tenant(tmp_path))("file:keys/acme")


def test_a_keyring_is_asked_by_service_and_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {("https://siem.example/acme", "hunter"): SECRET}
    keyring = ModuleType("keyring")
    keyring.__dict__["get_password"] = lambda service, user: held.get((service, user))
    monkeypatch.setitem(sys.modules, "keyring", keyring)

    assert SECRET == secrets_of(tenant(tmp_path))("keyring:https://siem.example/acme/hunter")
    assert "holds nothing" in refused("keyring:siem/nobody", tenant(tmp_path)).problem


def test_a_missing_keyring_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    assert "pip install 'huntline[keyring]'" == refused("keyring:siem/hunter", tenant(tmp_path)).advice


def test_the_words_of_a_broken_keyring_are_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend may say what it holds."""

    def get_password(_service: str, _user: str) -> str:
        raise RuntimeError(f"cannot decrypt {SECRET}")

    keyring = ModuleType("keyring")
    keyring.__dict__["get_password"] = get_password
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    error = refused("keyring:siem/hunter", tenant(tmp_path))

    assert ("RuntimeError" in error.problem, False) == (True, SECRET in told_whole(error))


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"env:{SECRET}",
        f"env: {SECRET}",
        f"vault:{SECRET}",
        f"keyring:{SECRET}",
        f"file:{SECRET}/",
        f"{SECRET}:x",
        "",
    ],
)
def test_what_is_no_reference_is_refused_and_never_repeated(text: str, tmp_path: Path) -> None:
    """Whoever wrote the secret itself into the file must learn it without the terminal learning the secret."""
    error = refused(text, tenant(tmp_path, token=text))

    assert (8, "acme: settings.token", "write env:NAME, file:PATH or keyring:SERVICE/USER") == (
        error.line,
        error.key,
        error.advice,
    )
    assert SECRET not in told_whole(error)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("env:NOT_SET_ANYWHERE", "is not set"),
        ("env:EMPTY", "is not set"),
        ("file:nowhere", "cannot be read"),
        ("file:.", "is no regular file"),
        ("file:empty", "holds no text"),
        ("file:newline", "holds no text"),
        ("file:bytes", "holds no text"),
        ("file:large", "holds no text"),
    ],
)
def test_a_reference_that_leads_to_no_secret_names_itself_and_the_next_step(
    text: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty key sent to a platform counts as a failed login."""
    monkeypatch.setenv("EMPTY", "")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "newline").write_bytes(b"\n")
    (tmp_path / "bytes").write_bytes(SECRET.encode() + b"\xff")
    (tmp_path / "large").write_bytes(SECRET.encode() * 9_000)
    error = refused(text, tenant(tmp_path, token=text))

    assert (True, True, 8) == (problem in error.problem, bool(error.advice), error.line)
    assert SECRET not in told_whole(error)


@pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\x1b"])
@pytest.mark.parametrize("text", ["env:ACME_TOKEN", "file:key"])
def test_a_secret_that_no_header_can_bear_is_refused_before_a_client_repeats_it(
    sign: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients name the header they refuse, with its value."""
    monkeypatch.setenv("ACME_TOKEN", f"{SECRET}{sign}x")
    (tmp_path / "key").write_bytes(f"{SECRET}{sign}x".encode())
    error = refused(text, tenant(tmp_path, token=text))

    assert (True, False) == ("leads to a text with line breaks" in error.problem, SECRET in told_whole(error))


def test_a_secret_is_in_nothing_that_stands_for_its_tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", SECRET)
    of = tenant(tmp_path, token="env:ACME_TOKEN")
    secrets = secrets_of(of)
    secrets("env:ACME_TOKEN")

    assert SECRET not in repr(of) + repr(secrets) + repr(secrets.__dict__)
    assert not any(SECRET in repr(cell.cell_contents) for cell in getattr(secrets, "__closure__", ()))


def test_a_file_all_can_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(SECRET)
    seen = []
    for mode in (0o600, 0o640, 0o644):
        path.chmod(mode)
        seen.append(open_to_others(reference_in("file:key", ""), tmp_path))

    assert [False, False, True] == seen
    assert not open_to_others(reference_in("file:gone", ""), tmp_path)


def test_secrets_are_found_where_the_platform_says_they_are() -> None:
    """Anywhere else the same text is a pattern or a path: `env:logs-*` is also an index of a cluster named env."""
    given = {"token": "env:A", "clusters": [{"key": "file:b"}, {"key": 7}], "patterns": ["env:logs-*"]}

    assert [("token", "env:A"), ("clusters.0.key", "file:b"), ("clusters.1.key", 7)] == list(
        wanted_secrets(given, ("token", "clusters.*.key", "absent.key"))
    )


def test_the_environment_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", SECRET)
    before = dict(os.environ)
    secrets_of(tenant(tmp_path))("env:ACME_TOKEN")

    assert before == dict(os.environ)
