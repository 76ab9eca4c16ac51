"""True plants: for each detection of the plan, events the facts call activity of the incident, in several forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from lab import facts
from lab.events import (
    Connection,
    DnsQuery,
    Event,
    FileCreate,
    FileDelete,
    Host,
    ImageLoad,
    Process,
    ProcessStart,
    Program,
    WebRequest,
)
from lab.hosts import PBX
from lab.menu import BROWSER_AGENTS, address_of, desktop
from lab.noise import run
from lab.programs import (
    MAC_SUPPORT,
    bad_ffmpeg,
    client,
    client_root,
    launcher,
    mac_client,
    made_up,
    unsigned,
    update_agent,
    updater,
    vendor,
    windows,
)

Maker: TypeAlias = Callable[[Host, datetime, int], tuple[str, Event]]

# B-11 and the plan name shells, LOLBins and discovery tools; these are the plainest of each.
TYPED = (
    "cmd.exe",
    "WindowsPowerShell\\v1.0\\powershell.exe",
    "whoami.exe",
    "net.exe",
    "systeminfo.exe",
    "rundll32.exe",
    "mshta.exe",
)


def acting(host: Host) -> Process:
    """Return the running desktop app, of no build in particular."""
    app = client(host, "18.12.407")
    return run(host, app, f'"{app.path}"', pid=4324)


def mac_acting(host: Host) -> Process:
    app = mac_client("18.12.416")
    return run(host, app, app.path, pid=1204)


def started(host: Host, time: datetime, program: Program, command: str, *, parent: Process) -> ProcessStart:
    return ProcessStart(time, host, run(host, program, command, pid=5012), parent)


def _build(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    """Give an affected build away by version alone, by hash alone, and by both."""
    version = facts.BAD_WINDOWS[turn % 2]
    program = (client, launcher)[turn // 2 % 2](host, version)
    form = turn // 4 % 3
    if form == 0:
        program = replace(program, hashes=made_up(f"another file {version}"))
    elif form == 1:
        program = replace(program, version="")
    explorer = run(host, desktop(), desktop().path, pid=2044)
    return "sysmon", started(host, time, program, f'"{program.path}"', parent=explorer)


def _update(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    command = f'"{updater(host).path}" --update http://{PBX}/electron/update/win32/{facts.BAD_WINDOWS[turn % 2]}'
    parent = run(host, client(host, "18.11.1213"), "3CXDesktopApp.exe", pid=4300)
    return ("sysmon", "security")[turn // 2 % 2], started(host, time, updater(host), command, parent=parent)


def _known_module(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    """Load a file known by its hash under a valid signature: the second ffmpeg.dll, the padded d3dcompiler_47.dll."""
    folder = client_root(host) + "app\\"
    compiler = vendor(folder + "d3dcompiler_47.dll", "10.0.22621.1", "Windows", "Microsoft Windows")
    known = (bad_ffmpeg(host, signed=True), replace(compiler, hashes=facts.D3DCOMPILER))
    return "sysmon", ImageLoad(time, host, acting(host), known[turn % 2])


def _unsigned_module(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    name = ("ffmpeg.dll", "libegl.dll")[turn % 2]
    return "sysmon", ImageLoad(time, host, acting(host), unsigned(client_root(host) + f"app\\{name}", "", ""))


def _delay_file(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    del turn
    return "sysmon", FileCreate(time, host, acting(host), client_root(host) + "app\\manifest")


def _github(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    return "sysmon", _asked(host, acting(host), facts.ICON_HOST, time, turn)


def _icon(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    uri = facts.ICON_PATH.format(turn % 15 + 1)
    return "proxy", WebRequest(time, host, facts.ICON_HOST, uri, "GET", facts.AGENT_WINDOWS, "", 200)


def _c2(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    """Ask for each of the 23 names, bare and with a label before it, in each kind of log that knows names."""
    name = facts.C2_DOMAINS[turn % len(facts.C2_DOMAINS)]
    name = f"cdn{turn}.{name}" if turn % 3 == 2 else name
    match turn % 4:
        case 0:
            return "zeek", DnsQuery(time, host, acting(host), name, address_of(name))
        case 1:
            return "proxy", WebRequest(time, host, name, "/", "GET", BROWSER_AGENTS["windows"], "", 200)
        case _:
            return "sysmon", _asked(host, run(host, windows("svchost.exe"), "", pid=1180), name, time, turn)


def _cookie(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    """Send the beacon's cookies to a server in no list."""
    value = facts.COOKIE_WINDOWS.format(f"{turn:08x}-5a8c-4b0e-9d3e-7c1a2b3c4d5e")
    if turn % 2:
        value = facts.COOKIE_MACOS.format(f"{turn:08x}", "d4c2a7")
    return "proxy", WebRequest(time, host, "203.0.113.9", "/api", "POST", facts.AGENT_MACOS, value, 200)


def _mac_file(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    name = (".session-lock", ".main_storage")[turn % 2]
    return "elastic", FileCreate(time, host, mac_acting(host), MAC_SUPPORT.format(host.user) + name)


def _update_agent(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    """Write it, run it, let it delete itself."""
    program = update_agent(host)
    agent = run(host, program, f'"{program.path}"', pid=1377)
    forms: tuple[Event, ...] = (
        FileCreate(time, host, mac_acting(host), program.path),
        started(host, time, program, program.path, parent=mac_acting(host)),
        FileDelete(time, host, agent, program.path),
    )
    return "elastic", forms[turn % 3]


def _shell(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    program = windows(TYPED[turn % len(TYPED)])
    source = ("sysmon", "security")[turn % 2]
    return source, started(host, time, program, program.path, parent=acting(host))


def _asked(host: Host, process: Process, name: str, time: datetime, turn: int) -> Event:
    """Ask for a name, or connect to an address whose reverse look-up gives it."""
    if turn % 2:
        return Connection(time, host, process, address_of(name), 443, name, name)
    return DnsQuery(time, host, process, name, address_of(name))


TRUE: Mapping[int, Maker] = {
    5: _build,
    6: _update,
    10: _known_module,
    11: _unsigned_module,
    12: _delay_file,
    13: _github,
    14: _icon,
    15: _c2,
    17: _cookie,
    20: _mac_file,
    22: _update_agent,
    24: _shell,
}
