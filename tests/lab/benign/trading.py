"""Genuine trading software, and Windows' own smart card server, tasks and pipes, whose names the X_TRADER chain borrows."""

from __future__ import annotations

from dataclasses import replace

from lab.benign.figures import TPM_TASKS
from lab.benign.happen import Entry, Happening, Moment, created, loaded, logged, started
from lab.benign.system import WINSXS
from lab.events import Host
from lab.menu import chrome, desktop
from lab.programs import SYSTEM32, home, unsigned, vendor, windows

TRADING = "Trading Technologies International, Inc"


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
    Entry("smart card server", "false_positives | TpmVscMgrSvr.exe", _smart_card),
    Entry(
        "smart card modules",
        "host_artefacts | ImmersiveTpmVscMgrSvr.exe is a different file",
        _smart_card_module,
    ),
    Entry("common runtimes", "host_artefacts | both are common genuine names", _runtime),
    Entry("TPM tasks", "host_artefacts | genuine Windows tasks Tpm-HASCertRetr and Tpm-Maintenance", _task),
    Entry("browser pipes", "host_artefacts | genuine Chromium pipes are called chrome.nativeMessaging", _pipe),
    Entry("trading software", "host_artefacts | genuine older Trading Technologies software", _trading),
    Entry("transforms of other setups", "host_artefacts | X_TRADER-ja.mst", _transform),
    Entry("other TPM folders", "behaviours | module path under C:\\ProgramData\\TPM\\", _other_data),
)
