"""What there is to run, load, write and visit on an ordinary computer of the estate."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache

from lab.events import Host, Program, System
from lab.hosts import COMPANY, PBX
from lab.programs import home, mac_program, unsigned, vendor, windows

SITES = (
    f"intranet.{COMPANY}",
    f"mail.{COMPANY}",
    PBX,
    "outlook.office365.com",
    "login.microsoftonline.com",
    "teams.microsoft.com",
    "settings-win.data.microsoft.com",
    "www.bing.com",
    "www.google.com",
    "github.com",
    "api.github.com",
    "www.wikipedia.org",
    "news.ycombinator.com",
    "cdn.jsdelivr.net",
    "weather.example.org",
    "freight-rates.example.net",
    "tracking.carrier.example",
)
BROWSER_AGENTS: dict[System, str] = {
    "windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/110.0.5481.178 Safari/537.36",
    "macos": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/110.0.5481.178 Safari/537.36",
}


@dataclass(frozen=True, slots=True)
class Menu:
    actors: tuple[Program, ...]
    starts: tuple[tuple[Program, Program, str], ...]  # parent, child, command line
    loads: tuple[tuple[Program, Program], ...]
    files: tuple[str, ...]  # with {} for a number


@cache
def menu_of(host: Host) -> Menu:
    return _windows_menu(host) if host.system == "windows" else _mac_menu(host)


@cache
def address_of(name: str) -> str:
    """Return a documentation address (RFC 5737), always the same for a name."""
    return f"203.0.113.{zlib.crc32(name.encode()) % 250 + 1}"


def chrome() -> Program:
    path = "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"
    return vendor(path, "110.0.5481.178", "Google Chrome", "Google LLC")


def desktop() -> Program:
    """Return Explorer, which starts what the user clicks."""
    return vendor("C:\\Windows\\explorer.exe", "10.0.19041.2364", "Microsoft Windows", "Microsoft Windows")


def electron(host: Host, name: str, company: str) -> Program:
    """Return an Electron program of another vendor under the user's AppData."""
    return vendor(f"{home(host)}AppData\\Local\\{name}\\{name}.exe", "1.6.0.376", name, company)


def _windows_menu(host: Host) -> Menu:
    explorer = desktop()
    services, svchost, cmd = windows("services.exe"), windows("svchost.exe"), windows("cmd.exe")
    shell, browser = windows("WindowsPowerShell\\v1.0\\powershell.exe"), chrome()
    office = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
    word = vendor(office + "WINWORD.EXE", "16.0.15601.20578", "Microsoft Office", "Microsoft Corporation")
    outlook = vendor(office + "OUTLOOK.EXE", "16.0.15601.20578", "Microsoft Office", "Microsoft Corporation")
    folder = home(host)
    starts = (
        (services, svchost, "C:\\Windows\\system32\\svchost.exe -k netsvcs -p"),
        (svchost, windows("taskhostw.exe"), "taskhostw.exe Install $(Arg0)"),
        (svchost, windows("wbem\\WmiPrvSE.exe"), "C:\\Windows\\system32\\wbem\\wmiprvse.exe -Embedding"),
        (explorer, browser, f'"{browser.path}" --profile-directory=Default'),
        (browser, browser, f'"{browser.path}" --type=renderer --lang=en-US'),
        (explorer, outlook, f'"{outlook.path}"'),
        (explorer, word, f'"{word.path}" /n "{folder}Documents\\offer.docx"'),
        (explorer, cmd, '"C:\\Windows\\System32\\cmd.exe"'),
        (cmd, windows("ipconfig.exe"), "ipconfig /all"),
        (services, shell, "powershell.exe -NoProfile -File C:\\ProgramData\\Inventory\\collect.ps1"),
    )
    modules = [windows(name) for name in ("kernel32.dll", "user32.dll", "ntdll.dll", "ws2_32.dll", "winhttp.dll")]
    loads = tuple((program, module) for program in (explorer, svchost, browser, outlook, word) for module in modules)
    files = (
        folder + "AppData\\Local\\Temp\\{}.tmp",
        folder + "AppData\\Local\\Google\\Chrome\\User Data\\Default\\Cache\\Cache_Data\\f_{}",
        folder + "Documents\\freight-{}.xlsx",
        "C:\\Windows\\Prefetch\\SVCHOST.EXE-{}.pf",
    )
    return Menu((explorer, svchost, browser, outlook, word), starts, loads, files)


def _mac_menu(host: Host) -> Menu:
    launchd = mac_program("/sbin/launchd", "com.apple.xpc.launchd", "")
    safari = mac_program("/Applications/Safari.app/Contents/MacOS/Safari", "com.apple.Safari", "")
    browser = mac_program(
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "com.google.Chrome", "EQHXZ8M8AV"
    )
    zsh, ls = mac_program("/bin/zsh", "com.apple.zsh", ""), mac_program("/bin/ls", "com.apple.ls", "")
    worker = mac_program(
        "/System/Library/Frameworks/CoreServices.framework/Versions/A/Frameworks/Metadata.framework"
        "/Versions/A/Support/mdworker_shared",
        "com.apple.mdworker_shared",
        "",
    )
    starts = (
        (launchd, worker, "mdworker_shared -s mdworker -c MDSImporterWorker -m com.apple.mdworker.shared"),
        (launchd, safari, safari.path),
        (launchd, browser, browser.path),
        (zsh, ls, "ls -la"),
    )
    folder = home(host)
    files = (
        folder + "Library/Caches/com.apple.Safari/fsCachedData/{}",
        folder + "Library/Application Support/Google/Chrome/Default/Cache/Cache_Data/f_{}",
        folder + "Documents/campaign-{}.key",
        "/private/var/folders/zz/T/com.apple.mdworker.{}.tmp",
    )
    return Menu((safari, browser, worker), starts, (), files)


def foreign_ffmpeg(host: Host, name: str) -> Program:
    """Return another Electron program's own ffmpeg.dll, unsigned as some ship it."""
    return unsigned(f"{home(host)}AppData\\Local\\{name}\\ffmpeg.dll", "", name)
