"""The company's 3CX server: the clean packages it keeps and hands out, and its phones."""

from __future__ import annotations

from lab.benign.client import build_at
from lab.benign.company import PHONES
from lab.benign.figures import PBX_PACKAGES, UPDATE_PATH
from lab.benign.happen import Entry, Happening, Moment, logged
from lab.benign.macos import mac_build
from lab.benign.web import own_agent
from lab.hosts import PBX
from lab.menu import BROWSER_AGENTS

SERVER = PBX.partition(".")[0]
INSTANCE = PBX_PACKAGES.partition("Data/")[0]


def _package(at: Moment) -> str:
    """Return a clean package's path below `electron`: 18.11.1213 for Windows only."""
    build, mac = build_at(at), mac_build(at)
    name = at.dice.choice((f"windows/3CXDesktopApp-{build}.msi", f"windows/3CXDesktopApp-{build}-full.nupkg"))
    return at.dice.choice((name, name, f"osx/3CXDesktopApp-{mac}.dmg", f"osx/3CXDesktopApp-{mac}.zip"))


def _kept(at: Moment) -> Happening:
    image = at.dice.choice(("/usr/sbin/3CXSystemService", "/usr/bin/wget", "/usr/bin/rsync", "/bin/cp"))
    path = PBX_PACKAGES + _package(at) + at.dice.choice(("", "", ".sha256", f".part{at.dice.randrange(99)}"))
    return logged(at, SERVER, "linux/file_event/*", {"Image": image, "TargetFilename": path, "User": "phonesystem"})


def _served(at: Moment) -> Happening:
    uri = at.dice.choice(
        (f"/electron/{_package(at)}", f"{UPDATE_PATH}{build_at(at)}", f"{UPDATE_PATH}{build_at(at)}/RELEASES")
    )
    return _requested(at, at.pc.address, uri, own_agent(build_at(at)))


def daily_file(at: Moment) -> Happening:
    number = at.dice.randrange(99999)
    path = at.dice.choice(
        ("Data/Logs/3CXGatewayService.{}.log", "Data/Recordings/{}.wav", "Data/Http/provisioning/cfg{}.xml")
    )
    fields = {
        "Image": "/usr/sbin/3CXPhoneSystem",
        "TargetFilename": INSTANCE + path.format(number),
        "User": "phonesystem",
    }
    return logged(at, SERVER, "linux/file_event/*", fields)


def daily_request(at: Moment) -> Happening:
    phone, number = at.dice.random() < 0.5, at.dice.randrange(99999)
    uri = f"/provisioning/k3x9q/cfg{number:012x}.xml" if phone else f"/webclient/api/contacts?start={number}"
    agent = "Yealink SIP-T46S 66.86.0.15" if phone else BROWSER_AGENTS["windows"]
    return _requested(at, at.dice.choice(PHONES) if phone else at.pc.address, uri, agent)


def _requested(at: Moment, address: str, uri: str, agent: str) -> Happening:
    stem, _, query = uri.partition("?")
    fields = {
        "c-ip": address,
        "cs-host": PBX,
        "cs-method": at.dice.choice(("GET", "GET", "HEAD")),
        "cs-uri-stem": stem,
        "cs-uri-query": query or "-",
        "c-uri": uri,
        "cs-user-agent": agent,
        "c-useragent": agent,
        "sc-status": at.dice.choice(("200", "206", "304")),
    }
    return logged(at, SERVER, "*/webserver/*", fields)


ENTRIES = (
    Entry("clean package kept", "host_artefacts | installers cached on a Linux 3CX server", _kept),
    Entry("clean package handed out", "README | PBX web log", _served),
)
