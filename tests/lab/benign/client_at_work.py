"""Clean builds of the 3CX client at work on Windows: its own modules, files, children and calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from lab.benign.client import VENDOR_NAMES, build_at, spelt
from lab.benign.figures import VENDOR_SITE
from lab.benign.happen import Entry, Happening, Moment, asked, connected, created, loaded, started
from lab.events import Host, Program
from lab.hosts import PBX
from lab.menu import chrome, desktop
from lab.programs import clean_ffmpeg, client, client_root, home, unsigned, updater, vendor, windows


def _own_ffmpeg(at: Moment) -> Happening:
    host = at.pc
    module = replace(clean_ffmpeg(host), version=f"{build_at(at)}.0")
    return loaded(at, host, spelt(at, client(host, build_at(at))), module)


def _own_compiler(at: Moment) -> Happening:
    host = at.pc
    return loaded(at, host, client(host, build_at(at)), compiler(f"{client_root(host)}app\\", _windows_version(at)))


def compiler(folder: str, version: str) -> Program:
    """Return a genuine d3dcompiler_47.dll."""
    return vendor(f"{folder}d3dcompiler_47.dll", version, "Microsoft Windows Operating System", "Microsoft Windows")


def _windows_version(at: Moment) -> str:
    return at.dice.choice(("10.0.17763.1", "10.0.19041.868", "10.0.20348.1", "10.0.22621.1", "10.0.22621.3233"))


def _own_module(at: Moment) -> Happening:
    host, build = at.pc, build_at(at)
    name = at.dice.choice(("libEGL.dll", "libGLESv2.dll", "vk_swiftshader.dll", "vulkan-1.dll", "app\\native.node"))
    module = vendor(f"{client_root(host)}app\\{name}", f"{build}.0", "3CX Desktop App", "3CX Ltd")
    return loaded(at, host, client(host, build), module)


def _unsigned_elsewhere(at: Moment) -> Happening:
    """Printer drivers and headset helpers are loaded by every program that prints or rings."""
    host = at.pc
    path = at.dice.choice(
        (
            "C:\\Windows\\System32\\spool\\drivers\\x64\\3\\example_ui.dll",
            "C:\\Program Files\\Headset Control\\HidBridge64.dll",
            f"{home(host)}AppData\\Local\\Headset Control\\HidBridge64.dll",
        )
    )
    return loaded(at, host, client(host, build_at(at)), unsigned(path, "2.1.0", "Driver"))


def _samcli(at: Moment) -> Happening:
    host = at.pc
    folder = at.dice.choice(("C:\\Windows\\System32\\", "C:\\WINDOWS\\SYSTEM32\\", "C:\\Windows\\SysWOW64\\"))
    module = vendor(f"{folder}samcli.dll", _windows_version(at), "Windows", "Microsoft Windows")
    return loaded(at, host, client(host, build_at(at)), module)


def _written(names: Sequence[str], at: Moment) -> Happening:
    host = at.pc
    roaming = f"{home(host)}AppData\\Roaming\\3CXDesktopApp\\"
    path = at.dice.choice(names).format(root=client_root(host), roaming=roaming, number=at.dice.randrange(900))
    return created(at, host, client(host, build_at(at)), path)


def _unpacked(at: Moment) -> Happening:
    host, name = at.pc, at.dice.choice(("ffmpeg.dll", "d3dcompiler_47.dll", "libEGL.dll", "3CXDesktopApp.exe"))
    program = at.dice.choice((updater(host), windows("msiexec.exe")))
    folder = at.dice.choice(("app\\", f"app-{build_at(at)}\\", f"packages\\temp\\{at.dice.randrange(99)}\\"))
    return created(at, host, program, f"{client_root(host)}{folder}{name}")


def _asked(at: Moment) -> Happening:
    host = at.pc
    return asked(at, host, client(host, build_at(at)), at.dice.choice(VENDOR_NAMES))


def _connected(at: Moment) -> Happening:
    host, port = at.pc, at.dice.choice((443, 443, 5001, 5090))
    return connected(at, host, client(host, build_at(at)), at.dice.choice(VENDOR_NAMES), port=port)


def _child(at: Moment) -> Happening:
    """The client opens pages and mail, and runs its own helpers; facts: "baseline explorer.exe and browsers"."""
    host, build = at.pc, build_at(at)
    app, number = client(host, build), at.dice.randrange(100_000)
    program, command = at.dice.choice(
        (
            (chrome(), f'"{chrome().path}" https://{PBX}/webclient/#/people?id={number}'),
            (_edge(), f'"{_edge().path}" --single-argument https://{VENDOR_SITE}/docs/{number}/'),
            (desktop(), f'"C:\\Windows\\explorer.exe" "{home(host)}Downloads\\call-{number}.wav"'),
            (app, f'"{app.path}" --type=renderer --field-trial-handle={number} --lang=en-US'),
            (app, f'"{app.path}" --type=gpu-process --field-trial-handle={number}'),
            (app, f'"{app.path}" --type=crashpad-handler --annotation=ver={build}'),
        )
    )
    return started(at, host, program, command, app)


def _edge() -> Program:
    path = "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe"
    return vendor(path, "112.0.1722.39", "Microsoft Edge", "Microsoft Corporation")


def _administered(at: Moment) -> Happening:
    """Shells that speak of the client and are not its children."""
    host: Host = at.pc
    shell = at.dice.choice((windows("cmd.exe"), windows("WindowsPowerShell\\v1.0\\powershell.exe")))
    command = at.dice.choice(
        (
            "cmd.exe /c taskkill /f /im 3CXDesktopApp.exe",
            "powershell.exe -Command Get-Process 3CXDesktopApp -FileVersionInfo",
            f'cmd.exe /c dir "{client_root(host)}app"',
            f"powershell.exe Get-FileHash {client_root(host)}app\\ffmpeg.dll",
            "reg.exe query HKLM\\SOFTWARE\\Microsoft\\Cryptography /v MachineGuid",
        )
    )
    return started(
        at, host, shell, command, at.dice.choice((desktop(), windows("services.exe"), windows("svchost.exe")))
    )


_MANIFESTS = (
    "{root}app\\manifest.json",
    "{root}app\\resources\\app\\manifest.webmanifest",
    "{roaming}Local Storage\\leveldb\\MANIFEST-{number:06d}",
    "{roaming}IndexedDB\\file__0.indexeddb.leveldb\\MANIFEST-{number:06d}",
    "{roaming}Session Storage\\MANIFEST-{number:06d}",
)
_OLD = (
    "{roaming}Local Storage\\leveldb\\LOG.old",
    "{roaming}Session Storage\\LOG.old",
    "{roaming}Network\\Cookies-journal",
    "{roaming}logs\\main-{number}.log.old",
    "{roaming}config.json",
)
ENTRIES = (
    Entry(
        "client's ffmpeg.dll", "host_artefacts | genuine Electron builds have a file of the same name here", _own_ffmpeg
    ),
    Entry("client's d3dcompiler_47.dll", "false_positives | d3dcompiler_47.dll", _own_compiler),
    Entry("client's other modules", "host_artefacts | all genuine 3CX binaries before April 2023", _own_module),
    Entry(
        "unsigned module beside the client's folder",
        "behaviours | missing/invalid signature in the app directory",
        _unsigned_elsewhere,
    ),
    Entry("genuine samcli.dll", "host_artefacts | Windows has a genuine samcli.dll in System32", _samcli),
    Entry(
        "client's other manifests",
        "host_artefacts | none known for this exact name without extension",
        partial(_written, _MANIFESTS),
    ),
    Entry(
        "client's other old files",
        "host_artefacts | it seems to copy the history database before reading it",
        partial(_written, _OLD),
    ),
    Entry(
        "client unpacked", "host_artefacts | every Electron application and Windows ship d3dcompiler_47.dll", _unpacked
    ),
    Entry("client asks the vendor and the PBX", "false_positives | www.3cx.com", _asked),
    Entry(
        "client calls the vendor and the PBX", "host_artefacts | genuine traffic goes to the customer PBX", _connected
    ),
    Entry("client's harmless children", "host_artefacts | baseline explorer.exe and browsers", _child),
    Entry("client administered", "host_artefacts | read by very many programs", _administered),
)
