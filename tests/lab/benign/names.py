"""Look-ups and connections that a careless rule takes for the incident's."""

from __future__ import annotations

from functools import partial

from lab.benign.figures import NAMESAKE_SITE, SHARED_HOSTING, SHARED_STORAGE, STORAGE_SITE, TRADING_SITES, VENDOR_SITE
from lab.benign.happen import Entry, Happening, Moment, asked, connected
from lab.events import Host, Program
from lab.facts import C2_DOMAINS, ICON_HOST
from lab.hosts import COMPANY, RESOLVER
from lab.menu import SITES, chrome
from lab.programs import mac_program, vendor, windows

CALLERS = (
    ("C:\\Program Files\\Git\\mingw64\\libexec\\git-core\\git-remote-https.exe", "Johannes Schindelin"),
    ("C:\\Program Files\\Microsoft VS Code\\Code.exe", "Microsoft Corporation"),
    ("C:\\Program Files\\JetBrains\\PyCharm\\bin\\pycharm64.exe", "JetBrains s.r.o."),
    ("C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe", "Microsoft Corporation"),
    ("C:\\Program Files\\Mozilla Firefox\\firefox.exe", "Mozilla Corporation"),
    ("C:\\Program Files\\PowerShell\\7\\pwsh.exe", "Microsoft Corporation"),
    ("C:\\ProgramData\\chocolatey\\choco.exe", "Chocolatey Software, Inc"),
    ("C:\\Windows\\System32\\curl.exe", "Microsoft Windows"),
)
MAC_CALLERS = (
    ("/usr/bin/curl", "com.apple.curl"),
    ("/opt/homebrew/bin/brew", "org.example.brew"),
    ("/Applications/Visual Studio Code.app/Contents/MacOS/Electron", "com.microsoft.VSCode"),
    ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "com.google.Chrome"),
)
SHARED_SITES = ("bakery", "yoga-studio", "garden-club", "choir", "driving-school", "ceramics", "bike-repair")


def caller(at: Moment) -> Program:
    path, company = at.dice.choice((*CALLERS, (chrome().path, "Google LLC")))
    return vendor(path, "2.39.1", "", company)


def mac_caller(at: Moment) -> Program:
    path, signing = at.dice.choice(MAC_CALLERS)
    return mac_program(path, signing, "EXAMPLE123")


def resembling(at: Moment) -> str:
    """Return a name that contains a C2 name, or looks like one, and is no subdomain of it."""
    name = at.dice.choice(C2_DOMAINS)
    stem, _, top = name.rpartition(".")
    word = at.dice.choice(("my", "the", "not", "new", "get-", "old-"))
    return at.dice.choice(
        (
            f"{word}{name}",
            f"www.{word}{name}",
            f"{name}.example.net",
            f"{name}.cdn.example.org",
            f"{stem}{word.strip('-')}.{top}",
            f"{stem}.example.com",
            NAMESAKE_SITE,
            f"www.{NAMESAKE_SITE}",
        )
    )


def shared_site(at: Moment) -> str:
    return f"www.{at.dice.choice(SHARED_SITES)}-{at.dice.randrange(400)}.example.com"


def _who(at: Moment, *, mac: bool) -> tuple[Host, Program]:
    return (at.mac, mac_caller(at)) if mac else (at.pc, caller(at))


def _code_host(at: Moment, *, mac: bool, call: bool) -> Happening:
    host, program = _who(at, mac=mac)
    return connected(at, host, program, ICON_HOST) if call else asked(at, host, program, ICON_HOST)


def _resembling(at: Moment, *, mac: bool, call: bool) -> Happening:
    host, program = _who(at, mac=mac)
    return connected(at, host, program, resembling(at)) if call else asked(at, host, program, resembling(at))


def _shared(at: Moment, *, call: bool) -> Happening:
    host, program = _who(at, mac=at.dice.random() < 0.2)
    address = at.dice.choice(SHARED_HOSTING)
    if call:
        return connected(at, host, program, shared_site(at), address=address)
    return asked(at, host, program, shared_site(at), answer=address)


def _storage(at: Moment) -> Happening:
    host, program = _who(at, mac=at.dice.random() < 0.2)
    name, address = at.dice.choice((STORAGE_SITE, f"www.{STORAGE_SITE}")), at.dice.choice(SHARED_STORAGE)
    query, call = asked(at, host, program, name, answer=address), connected(at, host, program, name, address=address)
    return at.dice.choice((query, call))


def _known_sites(at: Moment) -> Happening:
    host, program = _who(at, mac=at.dice.random() < 0.2)
    name = at.dice.choice((*TRADING_SITES, VENDOR_SITE))
    return at.dice.choice((asked(at, host, program, name), connected(at, host, program, name)))


def _service_asks(at: Moment) -> Happening:
    """The DNS client runs in svchost and asks for everybody."""
    name = at.dice.choice((ICON_HOST, VENDOR_SITE, resembling(at), *SITES))
    return asked(at, at.pc, windows("svchost.exe"), name)


def _service_calls(at: Moment) -> Happening:
    name, address, port = at.dice.choice(
        (
            (f"dns.{COMPANY}", RESOLVER, 53),
            (f"dns.{COMPANY}", RESOLVER, 53),
            ("settings-win.data.microsoft.com", "", 443),
            ("download.windowsupdate.com", "", 80),
            ("time.windows.com", "", 123),
        )
    )
    return connected(at, at.pc, windows("svchost.exe"), name, address=address, port=port)


_CODE, _NAMES = "false_positives | raw.githubusercontent.com", "false_positives | domain list with contains"
_MAC_CODE = "host_artefacts | macOS chain has 15 built-in C2 entries and does not use GitHub"
ENTRIES = (
    Entry("code host asked", _CODE, partial(_code_host, mac=False, call=False)),
    Entry("code host called", _CODE, partial(_code_host, mac=False, call=True)),
    Entry("code host asked by a Mac", _MAC_CODE, partial(_code_host, mac=True, call=False)),
    Entry("code host called by a Mac", _MAC_CODE, partial(_code_host, mac=True, call=True)),
    Entry("resembling name asked", _NAMES, partial(_resembling, mac=False, call=False)),
    Entry("resembling name called", _NAMES, partial(_resembling, mac=False, call=True)),
    Entry("resembling name asked by a Mac", _NAMES, partial(_resembling, mac=True, call=False)),
    Entry("resembling name called by a Mac", _NAMES, partial(_resembling, mac=True, call=True)),
    Entry("shared hosting asked", "false_positives | hosting addresses", partial(_shared, call=False)),
    Entry("shared hosting called", "false_positives | registrar shared hosting", partial(_shared, call=True)),
    Entry("shared storage", "network | shared service, do not alert on it", _storage),
    Entry("vendors' own sites", "network | never alert on it", _known_sites),
    Entry("svchost asks for everybody", "README | The DNS client runs in svchost", _service_asks),
    Entry("svchost calls the resolver", "README | filter port 53", _service_calls),
)
