"""A platform with a secret, found by its entry point as any other: the dummy's events behind a login."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

import huntline
from engine.dummy import SCOPE, START, DummyCompiler, DummyHunter, Event, Store
from huntline.errors import Denied, Transient
from huntline.model.doubt import Doubt
from huntline.ports import Finding, Platform, Secrets

GOT = "got.txt"  # digest of each secret that arrived
PROCESSES = "processes.txt"  # command lines of all processes while the platform was connected
DOUBTS = (
    Doubt("day-is-a-day", "A day has 24 hours.", "memory", "hunt", checkable=True),
    Doubt("night-is-dark", "Nights are dark.", "inferred", "rules", checkable=True),
    Doubt("sun-rises", "The sun rises.", "inferred", "rules", checkable=False),
)


@dataclass(frozen=True, slots=True)
class Login:
    """What a client keeps of a secret: the value, out of its repr."""

    token: str = field(repr=False)


def installed(folder: Path) -> dict[str, str]:
    """Write the distribution that makes it a platform; return the environment in which the command finds it."""
    about = folder / "site" / "standin-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: standin\nVersion: 1\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(
        "[huntline.platforms]\nstandin = journeys.standin:PLATFORM\n", encoding="utf-8"
    )
    connectors, tests = Path(huntline.__file__).parents[1], Path(__file__).parents[1]
    return {"PYTHONPATH": os.pathsep.join(map(str, (connectors, tests, folder / "site")))}


def _hunter(settings: Mapping[str, object], secrets: Secrets) -> DummyHunter:
    _login(settings, secrets)
    mood = settings.get("mood")

    def fails(call: str) -> None:
        if call == "reach" and mood == "denies":
            raise Denied("403: this key may not read", advice="give it the right to read")
        if call == "page" and mood == "breaks":
            raise RuntimeError("a defect of ours")

    return DummyHunter(Store((Event("one", START, "evil"),), fails=fails))


def _probe(settings: Mapping[str, object], secrets: Secrets) -> Iterable[Finding]:
    _login(settings, secrets)
    mood = settings.get("mood")
    if mood == "silent":
        return
    yield Finding("identity", "ok", "key acme-hunt")
    yield Finding("day-is-a-day", "ok", "24 hours")
    if mood == "denies":
        raise Denied("403: this key may not read", advice="give it the right to read")
    if mood == "blinks" and not Path("blinked").exists():
        Path("blinked").touch()
        raise Transient("503")
    yield Finding("permissions", "fail" if mood == "lacks" else "warn", "may write, and need not")


def _login(settings: Mapping[str, object], secrets: Secrets) -> Login:
    login = Login(secrets(str(settings["token"])))
    with Path(GOT).open("a", encoding="utf-8") as file:
        file.write(f"{digest(login.token)} {login!r}\n")
    lines = [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]
    Path(PROCESSES).write_text("\n".join(lines), encoding="utf-8")
    return login


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


PLATFORM = Platform(
    name="standin",
    rows=1000,
    scopes=lambda _: (SCOPE,),
    compiler=lambda _: DummyCompiler(),
    hunter=_hunter,
    probe=_probe,
    doubts=lambda: DOUBTS,
    secrets=("token",),
)
