"""Genuine Windows files, pipes, tasks and programs under the very names the incident hides behind."""

from __future__ import annotations

from dataclasses import replace

from lab.benign.client import build_at
from lab.benign.company import BALANCERS
from lab.benign.figures import TPM_TASKS
from lab.benign.happen import Entry, Happening, Moment, connected, created, loaded, logged, started
from lab.events import Host, Program
from lab.menu import chrome, desktop
from lab.programs import SYSTEM32, client, home, unsigned, vendor, windows

COMODO = "Comodo Security Solutions, Inc."
SERVICING = "C:\\Windows\\WinSxS\\amd64_microsoft-windows-servicingstack_31bf3856ad364e35\\TiWorker.exe"
WINSXS = "C:\\Windows\\WinSxS\\amd64_microsoft-windows-{}_31bf3856ad364e35_10.0.{}\\"
TRADING = "Trading Technologies International, Inc"


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


def _smart_card(at: Moment) -> Happening:
    folder, name = at.dice.choice((SYSTEM32, SYSTEM32.replace("Windows", "WINDOWS"))), "TpmVscMgrSvr.exe"
    program = vendor(
        folder + at.dice.choice((name, name, name.lower(), f"Immersive{name}")), "10.0.19041.1", "", "Microsoft"
    )
    command = at.dice.choice((f"{program.path} -Embedding", f'"{program.path}" -Embedding', program.path))
    return started(at, at.pc, program, command, windows("svchost.exe"))


def _smart_card_module(at: Moment) -> Happening:
    folder = at.dice.choice(
        (SYSTEM32, "C:\\Windows\\SysWOW64\\", WINSXS.format("smartcardksp", at.dice.randrange(9999)))
    )
    module = vendor(
        folder + at.dice.choice(("winscard.dll", "WinSCard.dll", "devobj.dll")), "10.0.19041.1", "", "Microsoft"
    )
    actor = at.dice.choice((windows("TpmVscMgrSvr.exe"), windows("svchost.exe"), chrome(), windows("LogonUI.exe")))
    return loaded(at, at.pc, actor, replace(module, signer="Microsoft Windows"))


def _runtime(at: Moment) -> Happening:
    host, name = at.pc, at.dice.choice(("msvcr100.dll", "msvcr100.dll", "devobj.dll"))
    app = at.dice.choice(("Adobe\\Reader", "Java\\jre1.8.0_351\\bin", "Label Printer", "VPN Client", "Accounting 2020"))
    folder = f"C:\\{at.dice.choice(('Program Files', 'Program Files (x86)'))}\\{app}\\"
    program = vendor(f"{folder}{app.partition(chr(92))[0]}.exe", "10.1", app, "Vendor")
    module = vendor(folder + name, "10.00.40219.325", "Visual Studio 2010", "Microsoft Corporation")
    return at.dice.choice((loaded(at, host, program, module), created(at, host, windows("msiexec.exe"), module.path)))


def _task(at: Moment) -> Happening:
    name, host = at.dice.choice(TPM_TASKS), at.pc
    fields = {
        "EventID": at.dice.choice(("4698", "4702", "4700", "4701")),
        "Channel": "Security",
        "Provider_Name": "Microsoft-Windows-Security-Auditing",
        "TaskName": f"\\Microsoft\\Windows\\TPM\\{name}",
        "TaskContent": f"<Task><RegistrationInfo><URI>\\Microsoft\\Windows\\TPM\\{name}</URI></RegistrationInfo><Actions>"
        "<ComHandler><ClassId>{5014B7C8-934E-4262-9816-887FA745A6C4}</ClassId></ComHandler></Actions></Task>",
        "SubjectUserName": f"{host.name}$",
    }
    return logged(at, host.name, "windows/*/security", fields)


def _pipe(at: Moment) -> Happening:
    number = at.dice.getrandbits(64)
    name, image = at.dice.choice(
        (
            (f"\\chrome.nativeMessaging.in.{number:x}", chrome().path),
            (f"\\chrome.nativeMessaging.out.{number:x}", chrome().path),
            (f"\\mojo.{at.pid}.{at.pid}.{number}", "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe"),
            (f"\\gecko-crash-server-pipe.{at.pid}", "C:\\Program Files\\Mozilla Firefox\\firefox.exe"),
            (f"\\gecko.{at.pid}.{number}", "C:\\Program Files\\Mozilla Firefox\\firefox.exe"),
            (f"\\cubeb-pipe-{at.pid}-{number % 9}", "C:\\Program Files\\Mozilla Firefox\\firefox.exe"),
        )
    )
    fields = {"EventType": at.dice.choice(("CreatePipe", "ConnectPipe")), "PipeName": name, "Image": image}
    return logged(at, at.pc.name, "windows/pipe_created/*", fields)


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


def _trading(at: Moment) -> Happening:
    """Other releases than the trojanised one, signed by the same vendor; their numbers are made up."""
    host, release = at.pc, f"{at.dice.randrange(1, 17)}.{at.dice.randrange(9, 90)}p{at.dice.randrange(1, 607)}"
    setup = vendor(f"{home(host)}Downloads\\X_TRADER_r7.{release}.exe", f"7.{release}", "X_TRADER", TRADING)
    app = vendor("C:\\tt\\x_trader\\bin\\x_trader.exe", f"7.{release}", "X_TRADER", TRADING)
    program = at.dice.choice((setup, app))
    return started(at, host, program, f'"{program.path}"', desktop())


def _transform(at: Moment) -> Happening:
    host: Host = at.pc
    name = at.dice.choice(("X_TRADER-en.mst", "X_TRADER_r7.msi", "viewer-ja.mst", "1041.mst", "acroread-ja.mst"))
    return created(
        at, host, windows("msiexec.exe"), f"{home(host)}AppData\\Local\\Temp\\{at.dice.randrange(9999)}\\{name}"
    )


def _other_data(at: Moment) -> Happening:
    """Other folders of ProgramData, one named almost like the implant's."""
    folder = at.dice.choice(("TPMTools", "Intel\\TPM", "TPM-Vendor", "Infineon\\TPM", "Dell\\TPM"))
    path = f"C:\\ProgramData\\{folder}\\{at.dice.choice(('update', 'tpmtool', 'service'))}{at.dice.randrange(90)}.exe"
    program = at.dice.choice((vendor(path, "2.0", "TPM tool", "Vendor"), unsigned(path, "2.0", "TPM tool")))
    return started(at, at.pc, program, f'"{path}" /quiet', windows("services.exe"))


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
    Entry("smart card server", "false_positives | TpmVscMgrSvr.exe", _smart_card),
    Entry(
        "smart card modules",
        "host_artefacts | ImmersiveTpmVscMgrSvr.exe is a different file",
        _smart_card_module,
    ),
    Entry("common runtimes", "host_artefacts | both are common genuine names", _runtime),
    Entry("TPM tasks", "host_artefacts | genuine Windows tasks Tpm-HASCertRetr and Tpm-Maintenance", _task),
    Entry("browser pipes", "host_artefacts | genuine Chromium pipes are called chrome.nativeMessaging", _pipe),
    Entry(
        "Defender runs",
        "host_artefacts | genuine MsMpEng.exe runs from Windows Defender directories",
        _antimalware_runs,
    ),
    Entry("Defender calls", "known_files_without_hash | renamed Fast Reverse Proxy", _antimalware_calls),
    Entry("trading software", "host_artefacts | genuine older Trading Technologies software", _trading),
    Entry("transforms of other setups", "host_artefacts | X_TRADER-ja.mst", _transform),
    Entry("other TPM folders", "behaviours | module path under C:\\ProgramData\\TPM\\", _other_data),
)
