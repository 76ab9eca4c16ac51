"""Near plants: for each detection of the plan, events from the facts' false positives that it must leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from lab import facts
from lab.events import DnsQuery, Event, FileCreate, Host, ImageLoad, ProcessStart, WebRequest
from lab.hosts import PBX
from lab.menu import BROWSER_AGENTS, address_of, chrome, desktop, electron, foreign_ffmpeg
from lab.noise import run
from lab.plants_true import Maker, acting, mac_acting, started
from lab.programs import (
    MAC_SUPPORT,
    clean_ffmpeg,
    client,
    client_root,
    home,
    launcher,
    mac_program,
    unsigned,
    updater,
    vendor,
    windows,
)


def _build(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    """Run a clean build, or another vendor's program that happens to bear the version."""
    version = facts.CLEAN_WINDOWS[turn % 3]
    other = vendor("C:\\Program Files\\Planner\\planner.exe", facts.BAD_WINDOWS[turn % 2], "Planner", "Planner GmbH")
    program = other if turn % 4 == 3 else client(host, version)
    explorer = run(host, desktop(), desktop().path, pid=2044)
    return "sysmon", started(host, time, program, f'"{program.path}"', parent=explorer)


def _update(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    command = f'"{updater(host).path}" --update http://{PBX}/electron/update/win32/{facts.CLEAN_WINDOWS[turn % 3]}'
    parent = run(host, client(host, "18.11.1213"), "3CXDesktopApp.exe", pid=4300)
    return "sysmon", started(host, time, updater(host), command, parent=parent)


def _known_module(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    slack = electron(host, "slack", "Slack Technologies")
    theirs = ImageLoad(time, host, run(host, slack, slack.path, pid=7000), foreign_ffmpeg(host, "slack"))
    return "sysmon", theirs if turn % 2 else ImageLoad(time, host, acting(host), clean_ffmpeg(host))


def _unsigned_module(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    """Load an unsigned library elsewhere, by the client or by another program; or a signed one where it belongs."""
    discord = electron(host, "Discord", "Discord Inc.")
    hook = unsigned("C:\\Program Files\\Headset\\hook.dll", "1.0", "Headset")
    forms = (
        ImageLoad(time, host, run(host, discord, discord.path, pid=7000), foreign_ffmpeg(host, "Discord")),
        ImageLoad(time, host, acting(host), hook),
        ImageLoad(time, host, acting(host), clean_ffmpeg(host)),
    )
    return "sysmon", forms[turn % 3]


def _delay_file(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    folder = client_root(host) + "app\\"
    forms = (
        FileCreate(time, host, acting(host), folder + "manifest.json"),
        FileCreate(time, host, acting(host), home(host) + "AppData\\Roaming\\3CXDesktopApp\\manifest"),
        FileCreate(time, host, run(host, updater(host), "Update.exe", pid=4880), folder + "manifest"),
    )
    return "sysmon", forms[turn % 3]


def _github(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    git = vendor("C:\\Program Files\\Git\\mingw64\\bin\\git-remote-https.exe", "2.39.1", "Git", "Johannes Schindelin")
    forms = (
        (run(host, git, "git-remote-https", pid=7120), facts.ICON_HOST),
        (acting(host), "github.com"),
        (acting(host), PBX),
        (acting(host), "www.3cx.com"),
    )
    process, name = forms[turn % 4]
    return "sysmon", DnsQuery(time, host, process, name, address_of(name))


def _icon(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    uri = ("/git/git/master/README.md", "/IconStore/images/main/icon3.ico", "/IconStorages/docs/main/readme.txt")[
        turn % 3
    ]
    return "proxy", WebRequest(time, host, facts.ICON_HOST, uri, "GET", "git/2.39.1", "", 200)


def _c2(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    """Ask for names that only contain an indicator, or carry one in the path."""
    domain = facts.C2_DOMAINS[turn % len(facts.C2_DOMAINS)]
    name = (f"my{domain}", f"{domain}.example.net", "www.3cx.com")[turn % 3]
    match turn % 4:
        case 0:
            return "zeek", DnsQuery(time, host, acting(host), name, address_of(name))
        case 1:
            agent = BROWSER_AGENTS["windows"]
            return "proxy", WebRequest(time, host, "threats.example.org", f"/domain/{domain}", "GET", agent, "", 200)
        case 2:
            return "proxy", WebRequest(time, host, name, "/", "GET", BROWSER_AGENTS["windows"], "", 200)
        case _:
            browser = run(host, chrome(), chrome().path, pid=6604)
            return "sysmon", DnsQuery(time, host, browser, name, address_of(name))


def _cookie(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    uri, cookie = (
        ("/", f"__utma=1.{turn}.1; __utmc=1"),
        ("/search?q=__tutma=1", "session=1"),
        ("/", f"3cx_session={turn}; lang=en"),
    )[turn % 3]
    return "proxy", WebRequest(time, host, "www.3cx.com", uri, "GET", BROWSER_AGENTS["windows"], cookie, 200)


def _mac_file(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    folder = home(host) + "Library/Application Support/"
    paths = (
        MAC_SUPPORT.format(host.user) + "config.json",
        MAC_SUPPORT.format(host.user) + "session-lock",
        folder + "Fetchly/.session-lock",
        folder + "Fetchly/.main_storage",
    )
    return "elastic", FileCreate(time, host, mac_acting(host), paths[turn % 4])


def _update_agent(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    path = home(host) + "Library/Application Support/Fetchly/UpdateAgent"
    agent = mac_program(path, "example.fetchly.updateagent", "EXAMPLE123")
    launchd = run(host, mac_program("/sbin/launchd", "com.apple.xpc.launchd", ""), "/sbin/launchd", pid=1)
    forms: tuple[Event, ...] = (
        started(host, time, agent, path, parent=launchd),
        FileCreate(time, host, run(host, agent, path, pid=933), path + ".log"),
        FileCreate(time, host, mac_acting(host), MAC_SUPPORT.format(host.user) + "UpdateAgent.plist"),
    )
    return "elastic", forms[turn % 3]


def _shell(host: Host, time: datetime, turn: int) -> tuple[str, Event]:
    """Let the client open a browser and itself, and others open shells."""
    explorer = run(host, desktop(), desktop().path, pid=2044)
    odd = replace(launcher(host, "1.0"), path="C:\\Tools\\Not3CXDesktopApp.exe", product="Not3CX")
    forms: tuple[ProcessStart, ...] = (
        started(host, time, chrome(), f'"{chrome().path}" https://www.3cx.com/docs/', parent=acting(host)),
        started(host, time, client(host, "18.12.425"), "3CXDesktopApp.exe --type=renderer", parent=acting(host)),
        started(host, time, windows("cmd.exe"), "cmd.exe", parent=explorer),
        started(host, time, windows("cmd.exe"), "cmd.exe", parent=run(host, odd, odd.path, pid=3000)),
    )
    return ("sysmon", "security")[turn % 2], forms[turn // 2 % 4]


NEAR: Mapping[int, Maker] = {
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
