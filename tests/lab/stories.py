"""The storylines: one host per stage, from the facts' own times; every step says which detections must show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from lab import facts
from lab.events import (
    Connection,
    DnsQuery,
    FileCreate,
    FileDelete,
    Host,
    ImageLoad,
    Mark,
    Process,
    ProcessStart,
    Scene,
    WebRequest,
)
from lab.hosts import ACC, IT, MAC_CEO, MAC_MKT, OPS, PBX, SAL
from lab.menu import address_of, desktop
from lab.noise import run
from lab.programs import (
    MAC_CLIENT,
    MAC_SUPPORT,
    bad_ffmpeg,
    client,
    client_root,
    home,
    launcher,
    mac_client,
    mac_program,
    update_agent,
    updater,
    windows,
)

GUID = "f1d1f2d0-5a8c-4b0e-9d3e-7c1a2b3c4d5e"  # a made-up MachineGuid


def stories() -> Iterator[Scene]:
    """Yield every storyline's events, in no order."""
    yield from _install_only()
    yield from _sideload()
    yield from _beacon_windows()
    yield from _hands_on()
    yield from _beacon_macos()
    yield from _payload_macos()


def _install_only() -> Iterator[Scene]:
    """Tell of an affected build that ran three days and was removed before its delay was over."""
    name = "install only"
    yield _updated(ACC, "18.12.416", at=_at(3, 27, 9, 12), name=name)
    for day in (27, 28, 29):
        yield from _started(ACC, "18.12.416", at=_at(3, day, 9, 20), name=name)
    yield _removed(ACC, "18.12.416", at=_at(3, 30, 7, 45), name=name)


def _sideload() -> Iterator[Scene]:
    """Tell of loader and delay file on a host whose logs keep no hashes of modules."""
    name, version, at = "sideload and loader", "18.12.407", _at(3, 23, 8, 40)
    command = f"msiexec.exe /i \\\\SRV-FILE-07\\deploy\\3CXDesktopApp-{version}.msi /qn"
    parent = run(OPS, windows("cmd.exe"), "cmd.exe /c deploy.cmd", pid=3320)
    installer = run(OPS, windows("msiexec.exe"), command, pid=3344)
    yield Scene(ProcessStart(at, OPS, installer, parent), Mark("story", name, "install"))
    yield from _started(OPS, version, at=at + _m(4), name=name)
    yield from _loaded(OPS, version, at=at + _m(5), name=name, signed=False, shown=(11,))
    yield _removed(OPS, version, at=_at(3, 29, 16, 30), name=name)


def _beacon_windows() -> Iterator[Scene]:
    """Tell of a beacon nine days after the install that never got a payload."""
    name, version, at = "beacon on Windows", "18.12.407", _at(3, 6, 8, 15)
    yield _updated(SAL, version, at=at, name=name)
    yield from _started(SAL, version, at=at + _m(3), name=name)
    yield from _loaded(SAL, version, at=at + _m(4), name=name, signed=True, shown=(10,))
    beats = [_at(3, day, hour, 12 + day) for day in (15, 16, 20, 22, 24, 27) for hour in (8, 10, 13, 15)]
    for beat, icon in zip(beats, _icons(len(beats)), strict=True):
        yield from _beaten(SAL, version, icon, at=beat, name=name, sees_names=False)
    yield _removed(SAL, version, at=_at(3, 30, 6, 50), name=name)


def _hands_on() -> Iterator[Scene]:
    """Tell of the whole chain to the operator's shell."""
    name, version, at = "hands-on on Windows", "18.12.407", _at(3, 6, 9, 2)
    yield _updated(IT, version, at=at, name=name, security=(6,))
    yield from _started(IT, version, at=at + _m(2), name=name)
    yield from _loaded(IT, version, at=at + _m(3), name=name, signed=False, shown=(10,))
    beats = [_at(3, 17, hour, 21) for hour in (9, 12, 14)] + [_at(3, 20, hour, 44) for hour in (8, 11)]
    for beat, icon in zip(beats, _icons(len(beats)), strict=True):
        yield from _beaten(IT, version, icon, at=beat, name=name, sees_names=True)
    yield from _stolen(IT, version, at=_at(3, 20, 11, 52), name=name)
    yield from _typed(IT, version, at=_at(3, 21, 10, 3), name=name)
    yield _removed(IT, version, at=_at(3, 30, 6, 30), name=name)


def _beacon_macos() -> Iterator[Scene]:
    """Tell of a Mac that beaconed from ten days after its install until it was replaced."""
    name, at = "beacon on macOS", _at(1, 16, 9, 30)
    yield from _mac_started(MAC_MKT, "18.11.1213", at=at, name=name)
    for day in range(27):
        beat = _at(1, 26, 10, 7) + timedelta(days=day)
        for step in range(3 if beat.weekday() < 5 else 0):
            yield from _mac_beaten(MAC_MKT, "18.11.1213", day + step, at=beat + step * _m(83), name=name)


def _payload_macos() -> Iterator[Scene]:
    """Tell of the second stage: written, run, posting once, deleting itself."""
    name, version = "payload on macOS", "18.12.416"
    yield from _mac_started(MAC_CEO, version, at=_at(3, 14, 8, 11), name=name)
    for step in range(4):
        yield from _mac_beaten(MAC_CEO, version, step, at=_at(3, 22, 9, 5) + step * _m(71), name=name)
    yield from _mac_payload(MAC_CEO, version, at=_at(3, 22, 14, 2), name=name)


def _updated(host: Host, version: str, *, at: datetime, name: str, security: tuple[int, ...] = ()) -> Scene:
    command = f'"{updater(host).path}" --update http://{PBX}/electron/update/win32/{version}'
    parent = run(host, client(host, "18.11.1213"), "3CXDesktopApp.exe", pid=4300)
    mark = Mark("story", name, "install", endpoint=(6,), security=security)
    return Scene(ProcessStart(at, host, run(host, updater(host), command, pid=4880), parent), mark)


def _started(host: Host, version: str, *, at: datetime, name: str) -> Iterator[Scene]:
    starter, app = launcher(host, version), _client(host, version)
    explorer = run(host, desktop(), "C:\\Windows\\Explorer.EXE", pid=2044)
    first = run(host, starter, f'"{starter.path}"', pid=4212)
    mark = Mark("story", name, "install", endpoint=(5,))
    yield Scene(ProcessStart(at, host, first, explorer), mark)
    yield Scene(ProcessStart(at + _s(1), host, app, first), mark)


def _loaded(
    host: Host, version: str, *, at: datetime, name: str, signed: bool, shown: tuple[int, ...]
) -> Iterator[Scene]:
    process, module = _client(host, version), bad_ffmpeg(host, signed=signed)
    yield Scene(ImageLoad(at, host, process, module), Mark("story", name, "sideload", endpoint=shown))
    manifest = client_root(host) + "app\\manifest"
    yield Scene(FileCreate(at + _s(2), host, process, manifest), Mark("story", name, "loader", endpoint=(12,)))


def _beaten(host: Host, version: str, icon: int, *, at: datetime, name: str, sees_names: bool) -> Iterator[Scene]:
    process = _client(host, version)
    server, path, address = facts.ICON_C2[icon]
    github = address_of(facts.ICON_HOST)
    seen = {facts.ICON_HOST: (13,), server: (15,)}
    calls = ((facts.ICON_HOST, github, at), (server, address, at + _s(40)))
    for asked, answer, time in calls:
        named = Mark("story", name, "beacon", endpoint=seen[asked], zeek=(15,) if asked == server else ())
        yield Scene(DnsQuery(time, host, process, asked, answer), named)
        linked = Mark("story", name, "beacon", endpoint=seen[asked] if sees_names else ())
        yield Scene(Connection(time + _s(1), host, process, answer, 443, asked, ""), linked)
    fetch = WebRequest(
        at + _s(2), host, facts.ICON_HOST, facts.ICON_PATH.format(icon), "GET", facts.AGENT_WINDOWS, "", 200
    )
    yield Scene(fetch, Mark("story", name, "beacon", proxy=(14,)))
    cookie = facts.COOKIE_WINDOWS.format(GUID)
    call = WebRequest(at + _s(42), host, server, path, "POST", facts.AGENT_WINDOWS, cookie, 200)
    yield Scene(call, Mark("story", name, "beacon", proxy=(15, 17)))


def _stolen(host: Host, version: str, *, at: datetime, name: str) -> Iterator[Scene]:
    folder = home(host) + "AppData\\Local\\Google\\Chrome\\User Data\\Default\\"
    yield Scene(FileCreate(at, host, _client(host, version), folder + "History.old"), Mark("story", name, "payload"))


def _typed(host: Host, version: str, *, at: datetime, name: str) -> Iterator[Scene]:
    parent = _client(host, version)
    shell = windows("WindowsPowerShell\\v1.0\\powershell.exe")
    cmd = run(host, windows("cmd.exe"), "cmd.exe", pid=9120)
    mark = Mark("story", name, "hands-on", endpoint=(24,), security=(24,))
    yield Scene(ProcessStart(at, host, cmd, parent), mark)
    for step, command in enumerate(("whoami /all", 'net group "Domain Admins" /domain', "nltest /dclist:larkspur")):
        program = windows(command.split()[0] + ".exe")
        process = run(host, program, command, pid=9200 + 4 * step)
        yield Scene(ProcessStart(at + _s(20 + 15 * step), host, process, cmd), Mark("story", name, "hands-on"))
    powershell = run(host, shell, "powershell.exe -NoProfile -Command Get-Process", pid=9300)
    yield Scene(ProcessStart(at + _m(4), host, powershell, parent), mark)


def _removed(host: Host, version: str, *, at: datetime, name: str) -> Scene:
    parent = run(host, windows("services.exe"), "services.exe", pid=720)
    process = run(host, windows("msiexec.exe"), f"msiexec.exe /x 3CXDesktopApp-{version} /qn", pid=3560)
    return Scene(ProcessStart(at, host, process, parent), Mark("story", name, "removal"))


def _mac_started(host: Host, version: str, *, at: datetime, name: str) -> Iterator[Scene]:
    launchd = run(host, mac_program("/sbin/launchd", "com.apple.xpc.launchd", ""), "/sbin/launchd", pid=1)
    process = _mac_client(host, version)
    yield Scene(ProcessStart(at, host, process, launchd), Mark("story", name, "install"))
    for step, path in enumerate((".session-lock", ".main_storage")):
        created = FileCreate(at + _s(90 + step), host, process, MAC_SUPPORT.format(host.user) + path)
        yield Scene(created, Mark("story", name, "beacon", endpoint=(20,)))


def _mac_beaten(host: Host, version: str, turn: int, *, at: datetime, name: str) -> Iterator[Scene]:
    server, path, address = facts.MAC_C2[turn % len(facts.MAC_C2)]
    yield from _mac_called(host, _mac_client(host, version), (server, path, address), at=at, story=(name, "beacon"))


def _mac_called(
    host: Host, process: Process, target: tuple[str, str, str], *, at: datetime, story: tuple[str, str]
) -> Iterator[Scene]:
    server, path, address = target
    cookie = facts.COOKIE_MACOS.format("0b9d6c1e", "d4c2a7")
    yield Scene(DnsQuery(at, host, process, server, address), Mark("story", *story, zeek=(15,)))
    yield Scene(Connection(at + _s(1), host, process, address, 443, server, ""), Mark("story", *story))
    call = WebRequest(at + _s(2), host, server, path, "POST", facts.AGENT_MACOS, cookie, 200)
    yield Scene(call, Mark("story", *story, proxy=(15, 17)))


def _mac_payload(host: Host, version: str, *, at: datetime, name: str) -> Iterator[Scene]:
    parent, program = _mac_client(host, version), update_agent(host)
    agent = run(host, program, f'"{program.path}"', pid=1377)
    mark = Mark("story", name, "payload", endpoint=(22,))
    yield Scene(FileCreate(at, host, parent, program.path), mark)
    yield Scene(ProcessStart(at + _s(1), host, agent, parent), mark)
    yield Scene(FileDelete(at + _s(2), host, agent, program.path), mark)
    yield from _mac_called(host, agent, facts.PAYLOAD_C2, at=at + _s(3), story=(name, "payload"))


def _client(host: Host, version: str) -> Process:
    app = client(host, version)
    return run(host, app, f'"{app.path}"', pid=4324)


def _mac_client(host: Host, version: str) -> Process:
    return run(host, mac_client(version), MAC_CLIENT, pid=1204)


def _icons(count: int) -> Sequence[int]:
    known = tuple(facts.ICON_C2)
    return [known[step * 3 % len(known)] for step in range(count)]


def _at(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2023, month, day, hour, minute, tzinfo=UTC)


def _m(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


def _s(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)
