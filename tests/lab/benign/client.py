"""Clean builds of the 3CX client on Windows: installed, updated and run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from lab.benign.figures import (
    FIRST_CLEAN,
    LATER,
    NEW_CERTIFICATE,
    RELEASED,
    UPDATE_6,
    UPDATE_PATH,
    VENDOR_CLOUD,
    VENDOR_SITE,
)
from lab.benign.happen import Entry, Happening, Moment, created, logged, started
from lab.events import Program
from lab.hosts import PBX
from lab.menu import chrome, desktop
from lab.programs import client, client_root, home, launcher, updater, windows

BUILDS = (UPDATE_6, FIRST_CLEAN, NEW_CERTIFICATE, LATER)
SINCE = {build: date.fromisoformat(day) for build, day in RELEASED.items()} | {LATER: date(2023, 6, 1)}  # LATER's: ours
VENDOR_NAMES = (VENDOR_SITE, PBX, f"larkspur.{VENDOR_CLOUD}", f"provisioning.{VENDOR_CLOUD}", f"a.{VENDOR_CLOUD}")


def build_at(at: Moment) -> str:
    """Return a clean Windows build that is out at that time."""
    return at.dice.choice([build for build in BUILDS if at.time.date() >= SINCE.get(build, date.min)])


def _started(build: str, at: Moment) -> Happening:
    host, spelling = at.pc, at.dice.choice((build, f"{build}.0"))
    program = spelt(at, client(host, spelling))
    command = at.dice.choice((f'"{program.path}"', f'"{program.path}" --minimized', f'"{program.path}" --hidden'))
    return started(at, host, program, command, launcher(host, spelling))


def _launched(at: Moment) -> Happening:
    host, build = at.pc, build_at(at)
    program = launcher(host, at.dice.choice((build, f"{build}.0")))
    command = at.dice.choice((f'"{program.path}"', f'"{program.path}" --autostart', program.path))
    return started(at, host, program, command, desktop())


def spelt(at: Moment, program: Program) -> Program:
    """Return the program under a path as some logs spell it."""
    path = program.path
    return replace(program, path=at.dice.choice((path, path, path, path.lower(), path.replace("Users", "USERS"))))


def _updated(build: str, at: Moment) -> Happening:
    host = at.pc
    program, server = (
        updater(host),
        at.dice.choice((f"http://{PBX}", f"https://{PBX}", f"https://larkspur.{VENDOR_CLOUD}")),
    )
    word = at.dice.choice(("--update", "--update", "--checkForUpdate"))
    command = f'"{program.path}" {word} {server}{UPDATE_PATH}{build}{at.dice.choice(("", "/", "/RELEASES"))}'
    return started(at, host, program, command, client(host, UPDATE_6))


def _installed(at: Moment) -> Happening:
    host, package = at.pc, f"3CXDesktopApp-{build_at(at)}.msi"
    folder = at.dice.choice((f"{home(host)}Downloads\\", "C:\\Windows\\Temp\\", "\\\\srv-file-07\\software\\3CX\\"))
    switch = at.dice.choice(("/i", "/i", "/package", "/x"))
    command = (
        f'"C:\\Windows\\System32\\msiexec.exe" {switch} "{folder}{package}" {at.dice.choice(("", "/qn", "/passive"))}'
    )
    return started(at, host, windows("msiexec.exe"), command, at.dice.choice((desktop(), windows("services.exe"))))


def _package(at: Moment) -> Happening:
    host, build = at.pc, build_at(at)
    downloaded = (chrome(), f"{home(host)}Downloads\\3CXDesktopApp-{build}{at.dice.choice(('', ' (1)', ' (2)'))}.msi")
    squirrel = (updater(host), f"{client_root(host)}packages\\3CXDesktopApp-{build}-full.nupkg")
    return created(at, host, *at.dice.choice((downloaded, squirrel)))


def _marked(at: Moment) -> Happening:
    """The web mark of a downloaded file (Sysmon 15)."""
    host = at.pc
    path = f"{home(host)}Downloads\\3CXDesktopApp-{build_at(at)}{at.dice.choice(('', ' (1)', ' (2)'))}.msi"
    fields = {
        "Image": chrome().path,
        "TargetFilename": f"{path}:Zone.Identifier",
        "Hash": f"MD5={at.dice.getrandbits(128):032X},SHA256={at.dice.getrandbits(256):064X}",
        "Contents": f"[ZoneTransfer] ZoneId=3 HostUrl=https://{at.dice.choice(VENDOR_NAMES)}/",
    }
    return logged(at, host.name, "windows/create_stream_hash/*", fields)


def _told_by_installer(at: Moment) -> Happening:
    build, number = build_at(at), at.dice.choice(("1033", "11707", "1042", "1022"))
    data = f"3CX Desktop App; {build}; 1033; 0; 3CX Ltd."
    fields = {
        "EventID": number,
        "Provider_Name": "MsiInstaller",
        "Channel": "Application",
        "Data": data,
        "Message": f"Windows Installer installed the product. Product Name: 3CX Desktop App. Product Version: {build}. "
        "Product Language: 1033. Manufacturer: 3CX Ltd.",
    }
    return logged(at, at.pc.name, "windows/*/application", fields)


ENTRIES = (
    *(
        Entry(f"client {build} runs", facts, partial(_started, build), SINCE.get(build, date(2022, 12, 1)))
        for build, facts in zip(
            BUILDS,
            ("false_positives | version 18.11.1213", *["false_positives | version prefix 18.12."] * 3),
            strict=True,
        )
    ),
    Entry("client's launcher", "false_positives | nor of the genuine ffmpeg.dll and d3dcompiler_47.dll", _launched),
    *(
        Entry(
            f"update to {build}",
            "host_artefacts | clean 18.12.422 and 18.12.425 use the same prefix",
            partial(_updated, build),
            SINCE[build],
        )
        for build in BUILDS[1:]
    ),
    Entry("clean installer runs", "affected_versions | clean on Windows", _installed),
    Entry("clean package written", "known_files_without_hash | Squirrel package of the other affected build", _package),
    Entry("clean package marked", "files | 3CXDesktopApp-18.12.416.msi", _marked),
    Entry("clean installer told", "behaviours | MsiInstaller 1033/11707", _told_by_installer),
)
