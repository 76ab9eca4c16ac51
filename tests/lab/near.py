"""Near misses: what a careless rule takes for the incident, from the fact base's list of false positives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lab import facts
from lab.events import (
    Connection,
    DnsQuery,
    FileCreate,
    Host,
    ImageLoad,
    Mark,
    Process,
    ProcessStart,
    Program,
    Scene,
    WebRequest,
)
from lab.hosts import ACC, DEV, IT, MAC_CEO, MAC_DEV, MAC_MKT, MAC_OPS, OPS, PBX, SAL, SEC
from lab.menu import BROWSER_AGENTS, address_of, chrome, electron, foreign_ffmpeg
from lab.noise import run
from lab.programs import (
    MAC_SUPPORT,
    clean_ffmpeg,
    client,
    home,
    launcher,
    mac_client,
    mac_program,
    updater,
    vendor,
    windows,
)

BEFORE, AFTER = datetime(2022, 12, 5, 8, 5, tzinfo=UTC), datetime(2023, 4, 5, 8, 5, tzinfo=UTC)
WEEK = timedelta(days=7)


def near_misses() -> Iterator[Scene]:
    """Yield every near miss of the estate, in no order."""
    for host in (ACC, OPS, SAL, IT, DEV):
        yield from _clean_windows(host, "18.11.1213", start=BEFORE, weeks=11)
    for host, version in ((DEV, "18.12.425"), (SEC, "18.12.422")):
        yield from _clean_update(host, version, at=AFTER)
        yield from _clean_windows(host, version, start=AFTER + timedelta(hours=1), weeks=7)
    yield from _developer(DEV)
    yield from _careful_reader(SEC)
    for host, version in ((MAC_MKT, "18.10.461"), (MAC_CEO, "18.10.461"), (MAC_OPS, "18.10.461")):
        yield from _clean_macos(host, version, start=BEFORE, weeks=4)
    yield from _clean_macos(MAC_DEV, "18.12.422", start=AFTER, weeks=7)
    yield from _mac_developer(MAC_DEV)


def research() -> Iterator[Scene]:
    """Yield an analyst's look-ups after the disclosure: true by every indicator, and no storyline."""
    mark = Mark("research", "look-ups after the disclosure", "", endpoint=(15,), zeek=(15,))
    lookup = windows("nslookup.exe")
    for step, name in enumerate(("sourceslabs.com", "officeaddons.com", "sbmsa.wiki", "journalide.org")):
        time = datetime(2023, 3, 30, 13, 2, tzinfo=UTC) + step * timedelta(days=3, minutes=7)
        yield Scene(DnsQuery(time, SEC, run(SEC, lookup, f"nslookup {name}", pid=5120), name, ""), mark)


def _clean_windows(host: Host, version: str, *, start: datetime, weeks: int) -> Iterator[Scene]:
    app, starter, mark = client(host, version), launcher(host, version), _near(f"clean Windows build {version}")
    parent = run(host, starter, f'"{starter.path}"', pid=4212)
    process = run(host, app, f'"{app.path}"', pid=4300)
    compiler = vendor(
        app.path.replace("3CXDesktopApp.exe", "d3dcompiler_47.dll"), "10.0.22621.1", "Windows", "Microsoft Windows"
    )
    for time in (start + week * WEEK for week in range(weeks)):
        yield Scene(ProcessStart(time, host, process, parent), mark)
        yield Scene(ImageLoad(time + _s(1), host, process, clean_ffmpeg(host)), mark)
        yield Scene(ImageLoad(time + _s(2), host, process, compiler), mark)
        yield Scene(FileCreate(time + _s(3), host, process, f"{_folder(app)}manifest.json"), mark)
        yield from _ask(host, process, "www.3cx.com", at=time + _s(5), mark=mark)
        yield from _ask(host, process, PBX, at=time + _s(6), mark=mark)
        browser = run(host, chrome(), f'"{chrome().path}" https://www.3cx.com/docs/', pid=6604)
        yield Scene(ProcessStart(time + _s(900), host, browser, process), _near("browser opened by the client"))
        agent = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) 3CXDesktopApp/{version} Electron/19.1.9"
        yield _visit(host, "www.3cx.com", "/blog/event-trainings/", agent, at=time + _s(901), mark=mark)


def _clean_update(host: Host, version: str, *, at: datetime) -> Iterator[Scene]:
    command = f'"{updater(host).path}" --update http://{PBX}/electron/update/win32/{version}'
    parent = run(host, client(host, "18.11.1213"), "3CXDesktopApp.exe", pid=4300)
    process = run(host, updater(host), command, pid=4880)
    yield Scene(ProcessStart(at, host, process, parent), _near(f"update to clean build {version}"))


def _developer(host: Host) -> Iterator[Scene]:
    git = vendor("C:\\Program Files\\Git\\mingw64\\bin\\git-remote-https.exe", "2.39.1", "Git", "Johannes Schindelin")
    fetch = run(host, git, "git-remote-https origin https://github.com/git/git", pid=7120)
    for week in range(25):
        time = BEFORE + week * WEEK + timedelta(hours=2)
        for name in ("slack", "Discord"):
            app = electron(host, name, f"{name} vendor")
            process = run(host, app, f'"{app.path}"', pid=7000)
            yield Scene(
                ImageLoad(time, host, process, foreign_ffmpeg(host, name)), _near("another program's ffmpeg.dll")
            )
            yield Scene(
                FileCreate(time + _s(1), host, process, f"{_folder(app)}app\\manifest"), _near("another manifest")
            )
        mark = _near("raw.githubusercontent.com asked by git")
        yield from _ask(host, fetch, facts.ICON_HOST, at=time + _s(30), mark=mark)
        uri = "/IconStore/images/main/icon3.ico" if week % 2 else "/git/git/master/README.md"
        yield _visit(host, facts.ICON_HOST, uri, "git/2.39.1", at=time + _s(31), mark=mark)


def _careful_reader(host: Host) -> Iterator[Scene]:
    browser = run(host, chrome(), f'"{chrome().path}"', pid=6604)
    mark, start = _near("a name that only contains an indicator"), datetime(2023, 3, 31, 9, 30, tzinfo=UTC)
    names = ("myofficeaddons.com", "officeaddons.com.example.net", "notjournalide.org", "pbxsources.com.example.org")
    for step, name in enumerate(names):
        yield from _ask(host, browser, name, at=start + step * WEEK, mark=mark)
    agent = BROWSER_AGENTS[host.system]
    for step, domain in enumerate(facts.C2_DOMAINS[:8]):
        time = start + timedelta(days=step, hours=1)
        yield _visit(host, "threats.example.org", f"/domain/{domain}/storage", agent, at=time, mark=mark)


def _clean_macos(host: Host, version: str, *, start: datetime, weeks: int) -> Iterator[Scene]:
    app, mark = mac_client(version), _near(f"clean macOS build {version}")
    process, folder = run(host, app, app.path, pid=812), MAC_SUPPORT.format(host.user)
    parent = run(host, mac_program("/sbin/launchd", "com.apple.xpc.launchd", ""), "/sbin/launchd", pid=1)
    for time in (start + week * WEEK for week in range(weeks)):
        yield Scene(ProcessStart(time, host, process, parent), mark)
        for step, name in enumerate(("config.json", "Session Storage/000003.log", "session-lock")):
            yield Scene(FileCreate(time + _s(2 + step), host, process, folder + name), mark)
        yield from _ask(host, process, PBX, at=time + _s(9), mark=mark)


def _mac_developer(host: Host) -> Iterator[Scene]:
    mark, folder = _near("another vendor's UpdateAgent"), home(host) + "Library/Application Support/"
    agent = mac_program(f"{folder}Fetchly/UpdateAgent", "example.fetchly.updateagent", "EXAMPLE123")
    launchd = run(host, mac_program("/sbin/launchd", "com.apple.xpc.launchd", ""), "/sbin/launchd", pid=1)
    process = run(host, agent, agent.path, pid=933)
    curl = run(host, mac_program("/usr/bin/curl", "com.apple.curl", ""), "curl -fsSL https://example", pid=951)
    for week in range(20):
        time = BEFORE + week * WEEK + timedelta(hours=3)
        yield Scene(ProcessStart(time, host, process, launchd), mark)
        yield Scene(FileCreate(time + _s(1), host, process, f"{folder}Fetchly/.session-lock"), mark)
        yield from _ask(host, curl, facts.ICON_HOST, at=time + _s(60), mark=_near("raw.githubusercontent.com by curl"))


def _ask(host: Host, process: Process, name: str, *, at: datetime, mark: Mark) -> Iterator[Scene]:
    yield Scene(DnsQuery(at, host, process, name, address_of(name)), mark)
    yield Scene(Connection(at + _s(1), host, process, address_of(name), 443, name, ""), mark)


def _visit(host: Host, server: str, uri: str, agent: str, *, at: datetime, mark: Mark) -> Scene:
    return Scene(WebRequest(at, host, server, uri, "GET", agent, "__utma=1.2.3; __utmc=1", 200), mark)


def _near(topic: str) -> Mark:
    return Mark("near", topic, "")


def _folder(program: Program) -> str:
    return program.path.rpartition("\\")[0] + "\\"


def _s(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)
