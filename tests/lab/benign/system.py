"""Genuine Windows files, pipes, tasks and programs under the very names the incident hides behind."""

from __future__ import annotations

from dataclasses import replace

from lab.benign.client import build_at
from lab.benign.company import BALANCERS
from lab.benign.happen import Entry, Happening, Moment, connected, created, loaded, started
from lab.events import Program
from lab.menu import chrome, desktop
from lab.programs import SYSTEM32, client, home, vendor, windows

COMODO = "Comodo Security Solutions, Inc."
SERVICING = "C:\\Windows\\WinSxS\\amd64_microsoft-windows-servicingstack_31bf3856ad364e35\\TiWorker.exe"
WINSXS = "C:\\Windows\\WinSxS\\amd64_microsoft-windows-{}_31bf3856ad364e35_10.0.{}\\"


def _guid(at: Moment) -> str:
    text = f"{at.dice.getrandbits(128):032x}"
    return f"{{{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}}}"


def _kernel() -> Program:
    return vendor("System", "", "", "Microsoft Windows")


def _comodo(at: Moment) -> Program:
    folder = at.dice.choice(
        (SYSTEM32, "C:\\Windows\\system32\\", "C:\\Program Files\\COMODO\\COMODO Internet Security\\")
    )
    return vendor(
        f"{folder}guard64.dll", at.dice.choice(("12.2.2.8012", "12.3.4.8162")), "COMODO Internet Security", COMODO
    )


def _guard_anywhere(at: Moment) -> Happening:
    actor = at.dice.choice(
        (desktop(), chrome(), windows("notepad.exe"), windows("svchost.exe"), windows("taskhostw.exe"))
    )
    return loaded(at, at.pc, actor, _comodo(at))


def _guard_in_client(at: Moment) -> Happening:
    host = at.pc
    return loaded(at, host, client(host, build_at(at)), _comodo(at))


def _guard_of_others(at: Moment) -> Happening:
    """The facts know of a second vendor with that name and do not say which."""
    version = f"4.{at.dice.randrange(9)}.{at.dice.randrange(99)}"
    module = vendor("C:\\Program Files\\Example Guard\\guard64.dll", version, "Example Guard", "Example Guard GmbH")
    return loaded(at, at.pc, at.dice.choice((desktop(), chrome(), windows("lsass.exe"))), module)


def _balancing(at: Moment) -> Happening:
    host = at.dice.choice(BALANCERS)
    version = at.dice.choice(("10.0.14393.0", "10.0.17763.1", "10.0.20348.1"))
    module = vendor(f"{SYSTEM32}wlbsctrl.dll", version, "Microsoft Windows Operating System", "Microsoft Windows")
    return loaded(at, host, at.dice.choice((windows("svchost.exe"), windows("nlbmgr.exe"))), module)


def _balancing_stored(at: Moment) -> Happening:
    folder = WINSXS.format("networkloadbalancing-core", at.dice.randrange(14393, 22621))
    name = at.dice.choice(("wlbsctrl.dll", "wlbsctrl.dll.mui", "wlbsprov.dll"))
    return created(at, at.dice.choice(BALANCERS), vendor(SERVICING, "10.0", "", "Microsoft Windows"), folder + name)


def _key_exchange(at: Moment) -> Happening:
    """IKEEXT starts, and loads what belongs to it."""
    service = windows("svchost.exe")
    command = at.dice.choice(("svchost.exe -k netsvcs -p -s IKEEXT", "svchost.exe -k netsvcs"))
    module = windows(
        at.dice.choice(("ikeext.dll", "wfapigp.dll", "fwpuclnt.dll", "nlasvc.dll", "bcrypt.dll", "wlanapi.dll"))
    )
    start = started(at, at.pc, service, f"C:\\Windows\\system32\\{command}", windows("services.exe"))
    return at.dice.choice((start, loaded(at, at.pc, service, module)))


def _transactions(at: Moment) -> Happening:
    end = at.dice.choice(("TxR.0.regtrans-ms", "TxR.1.regtrans-ms", "TxR.2.regtrans-ms", "TxR.blf"))
    hive = at.dice.choice(("", "", "SYSTEM", "SOFTWARE", "COMPONENTS"))
    writer = at.dice.choice((_kernel(), replace(_kernel(), path="Registry")))
    return created(at, at.pc, writer, f"{SYSTEM32}config\\TxR\\{hive}{_guid(at)}.{end}")


def _user_transactions(at: Moment) -> Happening:
    host = at.pc
    name = at.dice.choice(("NTUSER.DAT", "AppData\\Local\\Microsoft\\Windows\\UsrClass.dat"))
    end = at.dice.choice(("TxR.0.regtrans-ms", "TM.blf", "TMContainer00000000000000000001.regtrans-ms"))
    writer = at.dice.choice((_kernel(), windows("svchost.exe"), windows("lsass.exe")))
    return created(at, host, writer, f"{home(host)}{name}{_guid(at)}.{end}")


def _catalogue(at: Moment) -> Happening:
    name = at.dice.choice(("edb.chk", "edb.log", f"edb{at.dice.randrange(99999):05X}.log", "edbtmp.log", "dberr.txt"))
    return created(at, at.pc, windows("svchost.exe"), f"{SYSTEM32}catroot2\\{name}")


def _antimalware(at: Moment) -> Program:
    folder = at.dice.choice(
        (
            "C:\\Program Files\\Windows Defender\\",
            "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.2302.7-0\\",
        )
    )
    return vendor(f"{folder}MsMpEng.exe", "4.18.2302.7", "Microsoft Windows Operating System", "Microsoft Corporation")


def _antimalware_runs(at: Moment) -> Happening:
    program = _antimalware(at)
    return started(at, at.pc, program, at.dice.choice((f'"{program.path}"', program.path)), windows("services.exe"))


def _antimalware_calls(at: Moment) -> Happening:
    return connected(at, at.pc, _antimalware(at), at.dice.choice(("wdcp.microsoft.com", "wd.microsoft.com")))


ENTRIES = (
    Entry("Comodo's guard64.dll", "false_positives | guard64.dll", _guard_anywhere),
    Entry(
        "Comodo's guard64.dll in the client",
        "host_artefacts | Comodo Internet Security injects a guard64.dll into all processes",
        _guard_in_client,
    ),
    Entry("another vendor's guard64.dll", "false_positives | in another vendor product", _guard_of_others),
    Entry("load balancing loads wlbsctrl.dll", "false_positives | wlbsctrl.dll", _balancing),
    Entry(
        "load balancing stored",
        "host_artefacts | 3CX calls it a legitimate name",
        _balancing_stored,
    ),
    Entry("IKEEXT's own modules", "host_artefacts | persistence through DLL search order", _key_exchange),
    Entry(
        "registry transactions",
        "host_artefacts | genuine registry transaction logs live in the same directory",
        _transactions,
    ),
    Entry(
        "registry transactions of users",
        "false_positives | NTUSER.DAT{GUID}.TxR.0.regtrans-ms in user profiles",
        _user_transactions,
    ),
    Entry("catalogue database", "host_artefacts | genuine name is edb.chk or edb.log", _catalogue),
    Entry(
        "Defender runs",
        "host_artefacts | genuine MsMpEng.exe runs from Windows Defender directories",
        _antimalware_runs,
    ),
    Entry("Defender calls", "known_files_without_hash | renamed Fast Reverse Proxy", _antimalware_calls),
)
