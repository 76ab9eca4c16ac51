"""Other vendors' programs that ship, write and read what the incident's files are named like."""

from __future__ import annotations

from lab.benign.client_at_work import compiler
from lab.benign.happen import Entry, Happening, Moment, created, loaded, logged, started
from lab.events import Host, Program
from lab.menu import chrome, electron
from lab.programs import home, unsigned, vendor, windows

NAMES = ("slack", "Discord", "Teams", "Signal", "WhatsApp", "Postman", "Notion", "Figma", "Obsidian", "GitHubDesktop")
FOLDERS = {
    "C:\\Windows\\System32\\": ("C:\\Windows\\System32\\dwm.exe", "C:\\Windows\\explorer.exe"),
    "C:\\Windows\\SysWOW64\\": ("C:\\Program Files (x86)\\Game Hall\\game.exe", "C:\\Windows\\SysWOW64\\mspaint.exe"),
    "C:\\Program Files\\Google\\Chrome\\Application\\110.0.5481.178\\": (chrome().path,),
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\112.0.1722.39\\": (
        "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    ),
}
COPIERS = ("C:\\Program Files\\Backup\\agent.exe", "C:\\Program Files\\Mozilla Firefox\\firefox.exe")
BROWSER_FILES = {
    chrome().path: "AppData\\Local\\Google\\Chrome\\User Data\\{}\\History",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe": (
        "AppData\\Local\\Microsoft\\Edge\\User Data\\{}\\History"
    ),
    "C:\\Program Files\\BraveSoftware\\Brave-Browser\\Application\\brave.exe": (
        "AppData\\Local\\BraveSoftware\\Brave-Browser\\User Data\\{}\\History"
    ),
    "C:\\Program Files\\Mozilla Firefox\\firefox.exe": (
        "AppData\\Roaming\\Mozilla\\Firefox\\Profiles\\{}.default\\places.sqlite"
    ),
}


def other_app(at: Moment, host: Host) -> Program:
    name = at.dice.choice(NAMES)
    return electron(host, name, f"{name} vendor")


def _folder(program: Program) -> str:
    return program.path.rpartition("\\")[0] + "\\"


def _ffmpeg(at: Moment) -> Happening:
    host = at.pc
    app = other_app(at, host)
    path, build = f"{_folder(app)}ffmpeg.dll", at.dice.choice(("", "", "102.0.5005.167", "108.0.5359.215"))
    signed = vendor(path, build, app.product, app.company)
    return loaded(at, host, app, at.dice.choice((signed, unsigned(path, build, app.product))))


def _compiler(at: Moment) -> Happening:
    host = at.pc
    app = other_app(at, host)
    folder, actors = at.dice.choice((*FOLDERS.items(), (_folder(app), (app.path,)), (_folder(app), (app.path,))))
    actor = vendor(at.dice.choice(actors), "10.0.19041.1", "", "Microsoft Windows")
    return loaded(
        at, host, actor, compiler(folder, at.dice.choice(("10.0.19041.868", "10.0.22621.1", "6.3.9600.16384")))
    )


def _bundled(at: Moment) -> Happening:
    host = at.pc
    app, name = other_app(at, host), at.dice.choice(("ffmpeg.dll", "d3dcompiler_47.dll"))
    writer = vendor(f"{home(host)}AppData\\Local\\{app.product}\\Update.exe", "2.1.0", "Update", app.company)
    return created(at, host, writer, f"{_folder(app)}app-{at.dice.randrange(9)}.{at.dice.randrange(99)}\\{name}")


def _manifest(at: Moment) -> Happening:
    host = at.pc
    app = other_app(at, host)
    return created(
        at, host, app, _folder(app) + at.dice.choice(("", "app\\", "resources\\app\\", "x64\\")) + "manifest"
    )


def _updated(at: Moment) -> Happening:
    """Squirrel's Update.exe is in every such program."""
    host = at.pc
    app = other_app(at, host)
    updater = vendor(f"{_folder(app)}Update.exe", "2.1.0", "Update", app.company)
    command = (
        f'"{updater.path}" --update https://updates.example.com/{app.product}/win32/18.12.{at.dice.randrange(500)}'
    )
    return started(at, host, updater, command, app)


def _old(at: Moment) -> Happening:
    host, (browser, path) = at.pc, at.dice.choice(tuple(BROWSER_FILES.items()))
    mover = vendor(at.dice.choice((browser, *COPIERS)), "110.0", "", "Vendor")
    return created(at, host, mover, f"{home(host)}{path.format(_profile(at))}.old")


def _profile(at: Moment) -> str:
    return at.dice.choice(("Default", "Profile 1", "Profile 2", "Profile 3", "k3x9q2vw"))


def _read(at: Moment) -> Happening:
    """Browsers read their own history, and backups read everybody's; the client reads its own settings."""
    host = at.pc
    reader, path = _reading(at, host)
    return logged(at, host.name, "windows/file_access/*", {"Image": reader, "FileName": path})


def _audited(at: Moment) -> Happening:
    """The same, where files are audited."""
    host = at.pc
    reader, path = _reading(at, host)
    fields = {
        "EventID": "4663",
        "Channel": "Security",
        "Provider_Name": "Microsoft-Windows-Security-Auditing",
        "ObjectType": "File",
        "ObjectName": path,
        "ProcessName": reader,
        "AccessMask": at.dice.choice(("0x1", "0x1", "0x2", "0x10000")),
        "SubjectUserName": host.user,
    }
    return logged(at, host.name, "windows/*/security", fields)


def _reading(at: Moment, host: Host) -> tuple[str, str]:
    browser, path = at.dice.choice(tuple(BROWSER_FILES.items()))
    history = home(host) + path.format(_profile(at))
    client = f"{home(host)}AppData\\Local\\Programs\\3CXDesktopApp\\app\\3CXDesktopApp.exe"
    settings = f"{home(host)}AppData\\Roaming\\3CXDesktopApp\\config.json"
    search = windows("SearchProtocolHost.exe").path
    return at.dice.choice(((browser, history), (COPIERS[0], history), (search, history), (client, settings)))


ENTRIES = (
    Entry("another program's ffmpeg.dll", "false_positives | ffmpeg.dll", _ffmpeg),
    Entry(
        "another program's d3dcompiler_47.dll",
        "false_positives | shipped by Windows, Electron, Chrome, Edge and games",
        _compiler,
    ),
    Entry("another program unpacked", "host_artefacts | every Electron application ships ffmpeg.dll", _bundled),
    Entry("another program's manifest", "host_artefacts | manifest (no extension) in the app directory", _manifest),
    Entry(
        "another program updated", "host_artefacts | Squirrel updater fetching an affected build from the PBX", _updated
    ),
    Entry("history copied by others", "host_artefacts | browser migration tools", _old),
    Entry("history and settings read by their own", "host_artefacts | any process other than the 3CX client", _read),
    Entry(
        "history read by their own, audited",
        "behaviours | 3CXDesktopApp.exe opening History or places.sqlite",
        _audited,
    ),
)
