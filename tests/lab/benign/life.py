"""The rest of the company's days: programs, files, look-ups and pages that remind of nothing."""

from __future__ import annotations

from lab.benign.happen import (
    Entry,
    Happening,
    Moment,
    asked,
    connected,
    created,
    deleted,
    loaded,
    logged,
    started,
    visited,
)
from lab.benign.pbx import daily_file, daily_request
from lab.benign.web import web_client
from lab.events import Host
from lab.menu import BROWSER_AGENTS, SITES, Menu, menu_of
from lab.programs import windows


def _somebody(at: Moment) -> tuple[Host, Menu]:
    host = at.mac if at.dice.random() < 0.25 else at.pc
    return host, menu_of(host)


def _start(at: Moment) -> Happening:
    host, menu = _somebody(at)
    parent, program, command = at.dice.choice(menu.starts)
    return started(at, host, program, command, parent)


def _load(at: Moment) -> Happening:
    host = at.pc
    return loaded(at, host, *at.dice.choice(menu_of(host).loads))


def _path(at: Moment, menu: Menu) -> str:
    return at.dice.choice(menu.files).format(at.dice.randrange(100_000))


def _create(at: Moment) -> Happening:
    host, menu = _somebody(at)
    return created(at, host, at.dice.choice(menu.actors), _path(at, menu))


def _delete(at: Moment) -> Happening:
    host, menu = _somebody(at)
    return deleted(at, host, at.dice.choice(menu.actors), _path(at, menu))


def _ask(at: Moment) -> Happening:
    host, menu = _somebody(at)
    return asked(at, host, at.dice.choice(menu.actors), _site(at))


def _call(at: Moment) -> Happening:
    host, menu = _somebody(at)
    return connected(at, host, at.dice.choice(menu.actors), _site(at))


def _site(at: Moment) -> str:
    return at.dice.choice((*SITES, f"cdn{at.dice.randrange(999)}.example.net"))


def _browse(at: Moment) -> Happening:
    host, _ = _somebody(at)
    uri = at.dice.choice(("/", "/index.html", "/api/v2/sync?id={}", "/assets/{}.js", "/news/{}", "/owa/?item={}"))
    return visited(at, host, _site(at), uri.format(at.dice.randrange(9999)), BROWSER_AGENTS[host.system])


def _sign_in(at: Moment) -> Happening:
    host = at.pc
    fields = {"EventID": at.dice.choice(("4624", "4634", "4672")), "Channel": "Security", "TargetUserName": host.user}
    return logged(at, host.name, "windows/*/security", fields | {"LogonType": at.dice.choice(("2", "3", "7", "10"))})


def _application(at: Moment) -> Happening:
    source, number = at.dice.choice(
        (("MsiInstaller", "11707"), ("MsiInstaller", "1033"), ("Outlook", "63"), ("ESENT", "326"))
    )
    data = f"Example Office Tools; {at.dice.randrange(20)}.{at.dice.randrange(99)}; 1033; 0; Example GmbH"
    fields = {"EventID": number, "Channel": "Application", "Provider_Name": source, "Data": data, "Message": data}
    return logged(at, at.pc.name, "windows/*/application", fields)


def _registry(at: Moment) -> Happening:
    key = f"HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\{at.dice.randrange(9999)}\\State"
    fields = {"EventType": "SetValue", "TargetObject": key, "Details": "DWORD (0x00000001)"}
    return logged(at, at.pc.name, "windows/registry_set/*", fields | {"Image": windows("svchost.exe").path})


ORDINARY = (  # each with its share of a day
    (Entry("a program starts", "", _start), 16),
    (Entry("a module is loaded", "", _load), 14),
    (Entry("a file is written", "", _create), 14),
    (Entry("a file is deleted", "", _delete), 4),
    (Entry("a name is asked", "", _ask), 18),
    (Entry("a server is called", "", _call), 12),
    (Entry("a page is visited", "", _browse), 24),
    (Entry("the web client is used", "", web_client), 6),
    (Entry("the PBX writes", "", daily_file), 4),
    (Entry("the PBX is asked", "", daily_request), 6),
    (Entry("somebody signs in", "", _sign_in), 4),
    (Entry("an application tells", "", _application), 2),
    (Entry("a setting changes", "", _registry), 4),
)
