"""Clean builds of the 3CX client on macOS, and other vendors' files under the names of its incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from lab.benign.client import VENDOR_NAMES
from lab.benign.figures import MAC_CLEAN, MAC_OLD, RELEASED
from lab.benign.happen import Entry, Happening, Moment, asked, connected, created, deleted, started
from lab.events import Host, Program
from lab.facts import ICON_HOST
from lab.programs import MAC_CLIENT, MAC_SUPPORT, home, mac_client, mac_program

LAUNCHD = mac_program("/sbin/launchd", "com.apple.xpc.launchd", "")
INSTALLER = mac_program("/usr/sbin/installer", "com.apple.installer", "")
CLEAN_SINCE = date.fromisoformat(RELEASED[MAC_CLEAN])
VENDORS = ("Fetchly", "Inkwell", "Stargaze", "Papermill", "Longhand", "Tidepool")
FRAMEWORK = "{}.app/Contents/Frameworks/Electron Framework.framework/Versions/A/Libraries/libffmpeg.dylib"


def mac_build(at: Moment) -> str:
    """Return a clean macOS build that is out at that time."""
    return at.dice.choice((MAC_OLD, MAC_CLEAN) if at.time.date() >= CLEAN_SINCE else (MAC_OLD,))


def _client(at: Moment) -> Program:
    return mac_client(mac_build(at))


def _runs(build: str, at: Moment) -> Happening:
    """Run where the installer puts it, or where its user moved it."""
    host, program = at.mac, mac_client(build)
    moved = replace(program, path=f"{home(host)}{MAC_CLIENT.removeprefix('/')}")
    program = at.dice.choice((program, moved))
    return started(at, host, program, program.path, LAUNCHD)


def _child(at: Moment) -> Happening:
    kind = at.dice.choice(("Renderer", "GPU", "Plugin"))
    path = f"{MAC_CLIENT.partition('/Contents')[0]}/Contents/Frameworks/3CX Desktop App Helper ({kind}).app/Contents/MacOS/"
    helper = mac_program(f"{path}3CX Desktop App Helper ({kind})", "com.electron.3cx-desktop-app.helper", "33CF4654HL")
    return started(at, at.mac, helper, f"{helper.path} --type=renderer --id={at.dice.randrange(9999)}", _client(at))


def _written(at: Moment) -> Happening:
    host, number = at.mac, at.dice.randrange(9999)
    name = at.dice.choice(
        (
            "config.json",
            "session-lock",
            "main_storage",
            f"Session Storage/{number:06d}.log",
            f"Local Storage/leveldb/{number:06d}.ldb",
            f"old/{number}/.session-lock.bak",
            f"logs/UpdateAgent-{number}.log",
            ".com.electron.3cx-desktop-app",
        )
    )
    return created(at, host, _client(at), MAC_SUPPORT.format(host.user) + name)


def _namesakes(at: Moment) -> Happening:
    """Hidden files of the same names in other programs' folders."""
    host, vendor = at.mac, at.dice.choice(VENDORS)
    folder = f"{home(host)}Library/Application Support/{vendor}/"
    name = at.dice.choice((".session-lock", ".main_storage", f"{at.dice.randrange(99)}/.session-lock"))
    return created(
        at,
        host,
        mac_program(f"/Applications/{vendor}.app/Contents/MacOS/{vendor}", f"example.{vendor}", "EX"),
        folder + name,
    )


def _agent(at: Moment, host: Host) -> Program:
    """Return a genuine updater of another vendor."""
    vendor = at.dice.choice(VENDORS)
    folder = at.dice.choice((f"{home(host)}Library/Application Support/{vendor}/", f"/Library/{vendor}/"))
    return mac_program(f"{folder}UpdateAgent", f"example.{vendor.lower()}.updateagent", "EXAMPLE123")


def _agent_runs(at: Moment) -> Happening:
    agent = _agent(at, host := at.mac)
    return started(at, host, agent, f"{agent.path} --interval {at.dice.randrange(9999)}", LAUNCHD)


def _agent_removed(at: Moment) -> Happening:
    """Updaters that replace themselves delete the file they run from."""
    agent = _agent(at, host := at.mac)
    other = f"{home(host)}Library/Caches/{at.dice.choice(VENDORS)}/update-{at.dice.randrange(9999)}.zip"
    return deleted(at, host, agent, at.dice.choice((agent.path, other)))


def _agent_calls(at: Moment) -> Happening:
    agent, name = _agent(at, host := at.mac), f"updates{at.dice.randrange(99)}.example.org"
    query, call = asked(at, host, agent, name), connected(at, host, agent, name)
    code = asked(at, host, agent, ICON_HOST)
    return at.dice.choice((query, call, code))


def _ad_hoc(at: Moment) -> Happening:
    """Developers' own builds are signed ad hoc: an identifier of a name and a hash."""
    name = at.dice.choice(("a.out", "server", "payload-tests", "hello", "payload"))
    program = mac_program(f"{home(host := at.mac)}src/{name}", f"{name}-5555{at.dice.getrandbits(144):036x}", "")
    shell = mac_program("/bin/zsh", "com.apple.zsh", "")
    return started(at, host, program, f"./{name} --seed {at.dice.randrange(9999)}", shell)


def _graphics(folder: str, at: Moment) -> Happening:
    plugin = f"{at.dice.choice(VENDORS)}{at.dice.randrange(99)}.plugin"
    return created(at, at.mac, INSTALLER, f"/Library/Graphics/{folder}/{plugin}")


def _settings(at: Moment) -> Happening:
    name = at.dice.choice(
        ("cups/cupsd.conf", "hosts", "apache2/httpd.conf", "asl.conf", "resolv.conf", "ntp.cf", "apd.cf")
    )
    return created(
        at, at.mac, INSTALLER, f"/private/etc/{at.dice.choice(('', '', 'backup/'))}{name}{at.dice.choice(('', '~'))}"
    )


def _daemon(at: Moment) -> Happening:
    name = f"example.{at.dice.choice(VENDORS).lower()}.updateagent{at.dice.randrange(99)}.plist"
    return created(at, at.mac, INSTALLER, f"/Library/LaunchDaemons/{name}")


def _library(at: Moment) -> Happening:
    app = at.dice.choice(("3CX Desktop App", "Slack", "Discord", "Visual Studio Code", "Signal", "Notion"))
    folder = at.dice.choice(("/Applications/", f"{home(at.mac)}Applications/", "/private/tmp/"))
    return created(at, at.mac, INSTALLER, folder + FRAMEWORK.format(app))


def _client_asks(at: Moment) -> Happening:
    return asked(at, at.mac, _client(at), at.dice.choice(VENDOR_NAMES))


def _client_calls(at: Moment) -> Happening:
    return connected(at, at.mac, _client(at), at.dice.choice(VENDOR_NAMES), port=at.dice.choice((443, 5001, 5090)))


_QUARTZ = "false_positives | /Library/Graphics/Quartz"
_PLUGINS = "host_artefacts | /Library/Graphics/Quartz Composer Plug-Ins is a genuine directory"
ENTRIES = (
    Entry(f"Mac client {MAC_OLD} runs", "affected_versions | 18.10.461", partial(_runs, MAC_OLD)),
    Entry(f"Mac client {MAC_CLEAN} runs", "affected_versions | 18.12.422", partial(_runs, MAC_CLEAN), CLEAN_SINCE),
    Entry("Mac client's helpers", "host_artefacts | no reason to start a binary from Application Support", _child),
    Entry("Mac client's other files", "host_artefacts | that holds a UUID and time data", _written),
    Entry("hidden files of other programs", "host_artefacts | lock file of the first stage", _namesakes),
    Entry("another vendor's UpdateAgent runs", "false_positives | UpdateAgent", _agent_runs),
    Entry(
        "another vendor's UpdateAgent removed", "false_positives | full 3CX Application Support path", _agent_removed
    ),
    Entry(
        "another vendor's UpdateAgent calls", "host_artefacts | process UpdateAgent resolving sbmsa.wiki", _agent_calls
    ),
    Entry("signed ad hoc", "host_artefacts | ad-hoc signature, identifier payload2-", _ad_hoc),
    Entry("Quartz Composer's patches", _QUARTZ, partial(_graphics, "Quartz Composer Patches")),
    Entry("Quartz Composer's plug-ins", _PLUGINS, partial(_graphics, "Quartz Composer Plug-Ins")),
    Entry("settings of macOS", "host_artefacts | /private/etc/apdl.cf", _settings),
    Entry(
        "daemons of other vendors", "host_artefacts | plist name and label not published in the sources read", _daemon
    ),
    Entry(
        "libffmpeg.dylib of all",
        "host_artefacts | team id plus dylib hash; team id alone is genuine software",
        _library,
    ),
    Entry(
        "Mac client asks the vendor and the PBX",
        "host_artefacts | genuine traffic goes to the customer PBX and *.3cx.cloud",
        _client_asks,
    ),
    Entry(
        "Mac client calls the vendor and the PBX",
        "host_artefacts | process 3CX Desktop App resolving a listed domain",
        _client_calls,
    ),
)
