"""Requests through the proxy that share a host, a path, an agent or a cookie with the incident, and nothing more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from lab.benign.client import build_at
from lab.benign.figures import (
    AGENT_STALE_CHROME,
    AGENT_STALE_EDGE,
    C2_PATHS,
    MAC_CLEAN,
    MAC_OLD,
    RELEASED,
    STORAGE_SITE,
    TRADING_SITES,
    VENDOR_CLOUD,
    VENDOR_DOWNLOADS,
    VENDOR_PAGE,
    VENDOR_SITE,
)
from lab.benign.happen import Entry, Happening, Moment, visited
from lab.benign.names import resembling, shared_site
from lab.events import Host, WebRequest
from lab.facts import AGENT_MACOS, AGENT_WINDOWS, C2_DOMAINS, ICON_HOST
from lab.hosts import PBX
from lab.menu import BROWSER_AGENTS, SITES

MAC_CLEAN_SINCE = date.fromisoformat(RELEASED[MAC_CLEAN])
VENDORS = (VENDOR_SITE, PBX, f"larkspur.{VENDOR_CLOUD}", VENDOR_DOWNLOADS[0])


def own_agent(build: str) -> str:
    """Return the client's agent as it was published of the downloader, with a clean build's number in it."""
    return AGENT_WINDOWS.replace("3CXDesktopApp/18.11.1197", f"3CXDesktopApp/{build}")


def _browsing(at: Moment, server: str, uri: str) -> WebRequest:
    host = at.dice.choice((at.pc, at.pc, at.mac))
    return visited(at, host, server, uri, BROWSER_AGENTS[host.system])


def _vendor(at: Moment) -> Happening:
    uri = at.dice.choice((VENDOR_PAGE, VENDOR_PAGE, "/docs/", f"/community/threads/{at.dice.randrange(9999)}/", "/"))
    agent = at.dice.choice((own_agent(build_at(at)), BROWSER_AGENTS["windows"]))
    return visited(at, at.pc, at.dice.choice((VENDOR_SITE, VENDOR_SITE, "3cx.com", "login.3cx.com")), uri, agent)


def _own_agent(at: Moment) -> Happening:
    uri = at.dice.choice(
        ("/webclient/", "/MyPhone/MPWebService.asmx", f"/ws/webclient?session={at.dice.randrange(9999)}", "/")
    )
    return visited(at, at.pc, at.dice.choice(VENDORS), uri, own_agent(build_at(at)))


def _old_agent(at: Moment) -> Happening:
    """An old client that asks nobody but the vendor."""
    server = at.dice.choice((VENDOR_SITE, VENDOR_DOWNLOADS[0], f"larkspur.{VENDOR_CLOUD}", f"a.{VENDOR_CLOUD}"))
    return visited(
        at, at.pc, server, at.dice.choice(("/webclient/", VENDOR_PAGE, "/", "/provisioning/ok")), AGENT_WINDOWS
    )


def _package(at: Moment) -> Happening:
    """Clean packages; 18.11.1213 is one of them as an .msi, and only so."""
    kind, host = at.dice.choice(("msi", "nupkg", "dmg")), at.pc
    builds = (MAC_OLD, MAC_CLEAN) if at.time.date() >= MAC_CLEAN_SINCE else (MAC_OLD,)
    build = at.dice.choice(builds) if kind == "dmg" else build_at(at)
    name = f"3CXDesktopApp-{build}{'-full' if kind == 'nupkg' else ''}.{kind}"
    server, folder = at.dice.choice((VENDOR_DOWNLOADS, (PBX, f"/electron/{'osx' if kind == 'dmg' else 'windows'}/")))
    return visited(at, at.mac if kind == "dmg" else host, server, folder + name, own_agent(build))


def _icons(at: Moment) -> Happening:
    number, site = at.dice.randrange(16), at.dice.choice((*SITES, "icons.example.org", "github.com", ICON_HOST))
    uri = at.dice.choice(
        ("/assets/icon{}.ico", "/images/main/icon{}.ico", "/IconStore/images/main/icon{}.ico", "/icon{}.ico")
    )
    return _browsing(at, site, uri.format(number))


def _code(at: Moment) -> Happening:
    uri = at.dice.choice(
        ("/git/git/master/README.md", "/example/images/main/logo{}.png", "/example/storage-icons/main/icon{}.ico")
    )
    host = at.dice.choice((at.pc, at.mac))
    agent = at.dice.choice(("git/2.39.1", "curl/7.88.1", "Homebrew/4.0.9", "VSCode 1.76", BROWSER_AGENTS[host.system]))
    return visited(at, host, ICON_HOST, uri.format(at.dice.randrange(200)), agent)


def _tunnel(at: Moment) -> Happening:
    """Where the proxy does not open TLS it sees a host and a port, and no path."""
    server = at.dice.choice((ICON_HOST, VENDOR_SITE, STORAGE_SITE, *TRADING_SITES, resembling(at), shared_site(at)))
    request = _browsing(at, server, "/")
    return replace(request, uri=f"{server}:443", method="CONNECT", cookie="", status=200)


def _same_path(at: Moment) -> Happening:
    return _browsing(
        at, at.dice.choice((*SITES, shared_site(at))), f"{at.dice.choice(C2_PATHS)}{at.dice.choice(('', '/', '?a=1'))}"
    )


def _resembling(at: Moment) -> Happening:
    return _browsing(at, resembling(at), at.dice.choice(("/", "/index.html", *C2_PATHS)))


def _written_about(at: Moment) -> Happening:
    """Who reads about the incident has its names in the path and the question, not in the host."""
    name, site = at.dice.choice(C2_DOMAINS), at.dice.choice(("threats.example.org", "www.google.com", "www.bing.com"))
    uri = at.dice.choice(("/domain/{}/storage", "/search?q={}", "/r?url=https%3A%2F%2F{}%2Ffeed", "/blog/3cx/{}"))
    return _browsing(at, site, uri.format(name))


def _agent(agent: str, at: Moment) -> Happening:
    site, uri = (
        at.dice.choice((*SITES, shared_site(at))),
        at.dice.choice(("/", "/index.html", f"/news/{at.dice.randrange(999)}")),
    )
    return visited(at, at.pc, site, uri, agent)


def _cookies(at: Moment) -> Happening:
    """Old web analytics: the names the downloader imitates."""
    tail = f"{at.dice.getrandbits(32)}.{at.dice.getrandbits(32)}.2.1"
    cookie = at.dice.choice(
        ("__utma={0}; __utmb={0}; __utmc={0}", "__utmc={0}; __utmt=1", "__utma={0}", "auth_id={0}; _tutma={0}")
    )
    return replace(_browsing(at, at.dice.choice(SITES), f"/page/{at.dice.randrange(99)}"), cookie=cookie.format(tail))


def _trading(at: Moment) -> Happening:
    uri = at.dice.choice(
        ("/trading/algos", "/trading/", "/data/", "/support/order-management-faq", "/files/release-notes-{}.pdf")
    )
    return _browsing(at, at.dice.choice(TRADING_SITES), uri.format(at.dice.randrange(99)))


def _storage(at: Moment) -> Happening:
    return _browsing(at, STORAGE_SITE, f"/{at.dice.choice(('d', 'f', 's'))}/{at.dice.getrandbits(48):x}/report.pdf")


def _address(at: Moment) -> Happening:
    return _browsing(
        at, shared_site(at), at.dice.choice(("/", "/opening-hours", f"/gallery/{at.dice.randrange(40)}.jpg"))
    )


def web_client(at: Moment) -> Happening:
    """The web client and the progressive web app, which no advisory calls affected."""
    host: Host = at.dice.choice((at.pc, at.pc, at.mac))
    uri = at.dice.choice(
        ("/webclient/#/call?phone={}", "/webclient/api/MyPhone/session?id={}", "/webclient/assets/{}.js")
    )
    server = at.dice.choice((PBX, f"larkspur.{VENDOR_CLOUD}"))
    return visited(at, host, server, uri.format(at.dice.randrange(9999)), BROWSER_AGENTS[host.system])


_STALE = "network | stale Edge version in 2022 and 2023 traffic; only with another condition"
ENTRIES = (
    Entry("vendor site visited", "network | benign URL stored in icon0.ico, not an indicator", _vendor),
    Entry("client's own agent", "network | combine with destination not 3cx", _own_agent),
    Entry("old client's own agent", "README | cs-host not PBX/3cx", _old_agent),
    Entry("clean package served", "host_artefacts | vendor download path for direct installs", _package),
    Entry("icons of others", "README | c-uri contains", _icons),
    Entry("code host visited", "network | only with the path /IconStorages/images/main/", _code),
    Entry("tunnels through the proxy", "network | only with the path /IconStorages/images/main/", _tunnel),
    Entry("a C2 path elsewhere", "network | match host plus path only", _same_path),
    Entry("resembling host visited", "false_positives | can hit longer unrelated names", _resembling),
    Entry("C2 names in pages about them", "false_positives | equals or endswith with a leading dot", _written_about),
    Entry(
        "Windows agent from Windows",
        "network | a Windows user agent sent by a macOS host",
        partial(_agent, AGENT_MACOS),
    ),
    Entry("stale Edge", _STALE, partial(_agent, AGENT_STALE_EDGE)),
    Entry("stale Chrome", "network | stale Chrome version; weak alone", partial(_agent, AGENT_STALE_CHROME)),
    Entry("old analytics cookies", "network | imitates __utma / __utmc of old web analytics", _cookies),
    Entry("trading sites visited", "network | only with the path /trading/order-management", _trading),
    Entry("shared storage visited", "network | only the full URL", _storage),
    Entry("shared hosting visited", "README | C2 hosts sat on shared registrar hosting", _address),
    Entry("web client", "affected_versions | progressive web app", web_client),
)
