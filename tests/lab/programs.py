"""The programs and modules of the estate, ordinary ones and those of the incident."""

from __future__ import annotations

import hashlib

from lab import facts
from lab.events import Host, Program, Status
from lab.facts import Hashes

SYSTEM32 = "C:\\Windows\\System32\\"
MAC_CLIENT = "/Applications/3CX Desktop App.app/Contents/MacOS/3CX Desktop App"
MAC_SUPPORT = "/Users/{}/Library/Application Support/3CX Desktop App/"


def home(host: Host) -> str:
    """Return the folder of the host's user, with its last separator."""
    return f"C:\\Users\\{host.user}\\" if host.system == "windows" else f"/Users/{host.user}/"


def client_root(host: Host) -> str:
    return home(host) + "AppData\\Local\\Programs\\3CXDesktopApp\\"


def windows(name: str) -> Program:
    """Return a program of Windows itself, by its file name in System32."""
    return _made(SYSTEM32 + name, "10.0.19041.2364", "Microsoft Windows", "Microsoft Windows", "Valid")


def vendor(path: str, version: str, product: str, company: str) -> Program:
    """Return a program signed by its vendor."""
    return _made(path, version, product, company, "Valid")


def unsigned(path: str, version: str, product: str) -> Program:
    return _made(path, version, product, "", "Unavailable")


def client(host: Host, version: str) -> Program:
    """Return the Electron host of the desktop app, with its published hash where there is one."""
    return _client(client_root(host) + "app\\3CXDesktopApp.exe", version)


def launcher(host: Host, version: str) -> Program:
    return _client(client_root(host) + "3CXDesktopApp.exe", version)


def updater(host: Host) -> Program:
    return vendor(client_root(host) + "app\\Update.exe", "1.5.2.0", "Update", "3CX Ltd")


def clean_ffmpeg(host: Host) -> Program:
    return vendor(client_root(host) + "app\\ffmpeg.dll", "18.11.1213.0", "3CX Desktop App", "3CX Ltd")


def bad_ffmpeg(host: Host, *, signed: bool) -> Program:
    """Return one of the two trojanised builds: F-005, which bears a signature, or F-004, which does not."""
    hashes, signer, status = _FFMPEG[signed]
    return Program(client_root(host) + "app\\ffmpeg.dll", "", "", "", hashes, signer, status)


def mac_client(version: str) -> Program:
    path, hashes = MAC_CLIENT, _MAC_CLIENTS.get(version) or made_up(MAC_CLIENT + version)
    name, signing = "3CX Desktop App", "com.electron.3cx-desktop-app"
    return Program(path, version, name, "3CX", hashes, "Developer ID Application: 3CX", "Valid", signing, facts.TEAM_ID)


def mac_program(path: str, signing_id: str, team: str) -> Program:
    """Return a macOS program signed by `team`."""
    signer = f"Developer ID Application: {team}"
    return Program(path, "1.0", signing_id, team, made_up(path), signer, "Valid", signing_id, team)


def update_agent(host: Host) -> Program:
    path = MAC_SUPPORT.format(host.user) + "UpdateAgent"
    return Program(path, "", "", "", facts.UPDATE_AGENT, "", "Valid", facts.PAYLOAD_SIGNING_ID, "")


def made_up(seed: str) -> Hashes:
    """Return digests that look real and belong to nothing."""
    text = seed.encode()
    return Hashes(
        hashlib.sha256(text).hexdigest(),
        hashlib.sha1(text, usedforsecurity=False).hexdigest(),
        hashlib.md5(text, usedforsecurity=False).hexdigest(),
    )


def _made(path: str, version: str, product: str, company: str, status: Status) -> Program:
    return Program(path, version, product, company, made_up(path.rpartition("\\")[2] + version), company, status)


def _client(path: str, version: str) -> Program:
    hashes = _CLIENTS.get(version) or made_up(f"3CXDesktopApp.exe {version}")
    return Program(path, version, "3CX Desktop App", "3CX Ltd.", hashes, "3CX Ltd", "Valid")


_FFMPEG: dict[bool, tuple[Hashes, str, Status]] = {
    True: (facts.FFMPEG_SIGNED, "3CX Ltd", "Valid"),
    False: (facts.FFMPEG, "", "Unavailable"),
}
_CLIENTS = {"18.12.407": facts.CLIENT_407, "18.12.416": facts.CLIENT_416}
_MAC_CLIENTS = {"18.11.1213": facts.MAC_CLIENT_1213, "18.12.416": facts.MAC_CLIENT_416}
