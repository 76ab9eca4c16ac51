"""Secrets by reference: `env:NAME`, `file:PATH`, `keyring:SERVICE/USER`. What they hold is in no error, and kept nowhere."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from huntline.errors import ConfigError
from huntline.model.tenant import Tenant
from huntline.ports import Secrets

FORM = "write env:NAME, file:PATH or keyring:SERVICE/USER"
MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is kept. `key` is its dotted place in the tenant's settings, "" where that is not known."""

    scheme: str
    name: str
    key: str = ""


def secrets_of(tenant: Tenant) -> Secrets:
    """Return what resolves the references of a tenant when it connects; paths are relative to its file.

    What is returned raises ConfigError, as of the tenant's settings, for what is no reference or leads to no secret.
    """
    folder = Path(tenant.file).parent
    keys = {value: key for key, value in _texts(tenant.settings)}

    def resolve(text: str) -> str:
        reference = reference_in(text, keys.get(text, ""))
        value = _BY_SCHEME[reference.scheme](reference, folder)
        if not value.isprintable():
            # Clients refuse such a header, and their errors repeat it.
            raise _wrong(
                f"{text} leads to a text with line breaks or control signs", reference.key, "give the key alone"
            )
        return value

    return resolve


def reference_in(text: object, key: str) -> Reference:
    """Read a reference. Raises ConfigError, which does not repeat the text: it may be the secret itself."""
    scheme, found, name = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not found or scheme not in _WELL_FORMED:
        raise _wrong("is no reference to a secret, and secrets have no place in this file", key, FORM)
    if not re.fullmatch(_WELL_FORMED[scheme], name):
        raise _wrong(f"is no reference that {scheme}: can follow", key, FORM)
    return Reference(scheme, name, key)


def wanted_secrets(settings: Mapping[str, object], keys: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """Yield (dotted key, value) of the settings that a platform says hold secrets; `*` in a key is any one step."""
    for pattern in keys:
        yield from _at(settings, pattern.split("."), "")


def open_to_others(reference: Reference, folder: Path) -> bool:
    """Say whether a secret's file can be read by every user of this machine; False where it is not there."""
    path = folder / reference.name
    return reference.scheme == "file" and path.is_file() and bool(path.stat().st_mode & stat.S_IROTH)


def _from_env(reference: Reference, folder: Path) -> str:  # noqa: ARG001 (one look for all schemes)
    value = os.environ.get(reference.name, "")
    if not value:
        raise _wrong(f"the environment variable {reference.name} is not set", reference.key, "set it, and run again")
    return value


def _from_file(reference: Reference, folder: Path) -> str:
    path, advice = folder / reference.name, "write the secret into it, and let only its owner read it"
    try:
        if path.exists() and not path.is_file():
            raise _wrong(f"the file {reference.name} is no regular file", reference.key, advice)
        with path.open("rb") as file:
            held = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _wrong(f"the file {reference.name} cannot be read: {error.strerror}", reference.key, advice) from None
    try:
        value = held.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        value = ""  # told below, since an error raised here would carry this one, and with it the bytes
    if not value or len(held) > MOST_BYTES:
        raise _wrong(f"the file {reference.name} holds no text that can be a secret", reference.key, advice)
    return value


def _from_keyring(reference: Reference, folder: Path) -> str:  # noqa: ARG001 (one look for all schemes)
    service, _, user = reference.name.rpartition("/")
    try:
        import keyring
    except ModuleNotFoundError as error:
        advice = "pip install 'huntline[keyring]'"
        raise _wrong("needs the package keyring, which is not installed", reference.key, advice) from error
    value, failure = None, ""
    try:
        value = keyring.get_password(service, user)
    except Exception as error:  # noqa: BLE001 (each backend has errors of its own, and their words may hold anything)
        failure = type(error).__name__
    if failure:
        problem = f"the keyring of this machine does not answer: {failure}"
        raise _wrong(problem, reference.key, "unlock it, or use env: or file:")
    if not isinstance(value, str) or not value:
        problem = f"the keyring holds nothing for {reference.name}"
        raise _wrong(problem, reference.key, f"keyring set '{service}' '{user}'")
    return value


_WELL_FORMED = {
    "env": r"[A-Za-z_][A-Za-z0-9_]*",
    "file": r"[^\0\r\n]*[^\0\r\n/\s]",
    "keyring": r"[^\0\r\n]+/[^\0\r\n/]+",
}
_BY_SCHEME: Mapping[str, Callable[[Reference, Path], str]] = {
    "env": _from_env,
    "file": _from_file,
    "keyring": _from_keyring,
}


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield (dotted key, text) of every text in settings."""
    if isinstance(value, str):
        yield key, value
    within = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for step, below in within:
        yield from _texts(below, f"{key}.{step}" if key else str(step))


def _at(value: object, steps: list[str], key: str) -> Iterator[tuple[str, object]]:
    if not steps:
        yield key, value
        return
    within = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for step, below in within:
        if steps[0] in ("*", str(step)):
            yield from _at(below, steps[1:], f"{key}.{step}" if key else str(step))


def _wrong(problem: str, key: str, advice: str) -> ConfigError:
    return ConfigError(problem, file="settings", key=key, advice=advice)
