"""An ordinary company's days: what its computers do when nobody attacks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeAlias

from lab.events import (
    Connection,
    DnsQuery,
    FileCreate,
    FileDelete,
    Host,
    ImageLoad,
    Kind,
    Process,
    ProcessStart,
    Program,
    Scene,
    WebRequest,
)
from lab.hosts import DOMAIN, SERVERS
from lab.menu import BROWSER_AGENTS, SITES, Menu, address_of, menu_of

WORKDAY: Mapping[Kind, int] = {
    "process": 17,
    "image": 17,
    "create": 13,
    "delete": 3,
    "dns": 22,
    "connection": 8,
    "web": 26,
}
QUIET: Mapping[Kind, int] = {"process": 4, "image": 4, "create": 3, "delete": 1, "dns": 4, "connection": 3, "web": 3}

Maker: TypeAlias = Callable[[Host, Menu, datetime, Random], Scene]


def ordinary_day(host: Host, day: date, *, seed: int) -> Iterator[Scene]:
    """Yield a host's background of one day, in no order; the same for the same seed."""
    rng = Random(f"{seed}/{host.name}/{day}")
    menu = menu_of(host)
    busy = day.weekday() < 5 and host not in SERVERS
    for kind, count in (WORKDAY if busy else QUIET).items():
        if kind in host.records:
            make = _MAKERS[kind]
            for _ in range(count):
                yield make(host, menu, _moment(day, rng, busy=busy), rng)


def as_user(host: Host) -> str:
    """Return the user as the system writes it."""
    return f"{DOMAIN}\\{host.user}" if host.system == "windows" else host.user


def run(host: Host, program: Program, command: str, *, pid: int) -> Process:
    return Process(program, pid, command, as_user(host))


def _moment(day: date, rng: Random, *, busy: bool) -> datetime:
    start, span = (6 * 3600, 12 * 3600) if busy else (0, 86_400)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + timedelta(milliseconds=start * 1000 + rng.randrange(span * 1000))


def _pid(rng: Random) -> int:
    return 4 * rng.randrange(300, 5000)


def _any_process(host: Host, menu: Menu, rng: Random) -> Process:
    program = rng.choice(menu.actors)
    return run(host, program, f'"{program.path}"', pid=_pid(rng))


def _start(host: Host, menu: Menu, time: datetime, rng: Random) -> Scene:
    parent, program, command = rng.choice(menu.starts)
    child = run(host, program, command, pid=_pid(rng))
    return Scene(ProcessStart(time, host, child, run(host, parent, f'"{parent.path}"', pid=_pid(rng))), None)


def _load(host: Host, menu: Menu, time: datetime, rng: Random) -> Scene:
    program, module = rng.choice(menu.loads)
    return Scene(ImageLoad(time, host, run(host, program, f'"{program.path}"', pid=_pid(rng)), module), None)


def _create(host: Host, menu: Menu, time: datetime, rng: Random) -> Scene:
    return Scene(FileCreate(time, host, _any_process(host, menu, rng), _path(menu, rng)), None)


def _delete(host: Host, menu: Menu, time: datetime, rng: Random) -> Scene:
    return Scene(FileDelete(time, host, _any_process(host, menu, rng), _path(menu, rng)), None)


def _path(menu: Menu, rng: Random) -> str:
    return rng.choice(menu.files).format(rng.randrange(100_000))


def _query(host: Host, menu: Menu, time: datetime, rng: Random) -> Scene:
    name = rng.choice(SITES)
    return Scene(DnsQuery(time, host, _any_process(host, menu, rng), name, address_of(name)), None)


def _connect(host: Host, menu: Menu, time: datetime, rng: Random) -> Scene:
    name = rng.choice(SITES)
    return Scene(Connection(time, host, _any_process(host, menu, rng), address_of(name), 443, name, ""), None)


def _browse(host: Host, menu: Menu, time: datetime, rng: Random) -> Scene:
    del menu
    uri = rng.choice(("/", "/index.html", "/api/v2/sync?id={}", "/assets/{}.js", "/news/{}")).format(
        rng.randrange(9999)
    )
    cookie = rng.choice(("", "", "session={:08x}", "__utma=1.{}.1; __utmc=1")).format(rng.randrange(1 << 30))
    method, status = rng.choice((("GET", 200), ("GET", 200), ("GET", 304), ("POST", 200), ("GET", 404)))
    return Scene(
        WebRequest(time, host, rng.choice(SITES), uri, method, BROWSER_AGENTS[host.system], cookie, status), None
    )


_MAKERS: Mapping[Kind, Maker] = {
    "process": _start,
    "image": _load,
    "create": _create,
    "delete": _delete,
    "dns": _query,
    "connection": _connect,
    "web": _browse,
}
