"""What virus scanners and Defender's settings tell on days when nothing of the incident is there."""

from __future__ import annotations

from lab.benign.happen import Entry, Happening, Moment, logged
from lab.programs import home

THREATS = (
    "Virus:DOS/EICAR_Test_File",
    "PUA:Win32/InstallCore",
    "Trojan:Script/Wacatac.B!ml",
    "HackTool:Win32/Mimikatz.D",
    "Trojan:Win32/Scissors.A",
    "Adware:MacOS/Adload",
    "Trojan:Win32/Samca.A",
)
CHANNEL = "Microsoft-Windows-Windows Defender/Operational"
EXCLUSIONS = "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\"
PLACES = (
    "Downloads\\setup{}.exe",
    "AppData\\Local\\Temp\\{}.tmp",
    "Documents\\offer-{}.docm",
    "Downloads\\ffmpeg-{}.zip",
)
EXCLUDED = (
    "Processes\\sqlservr.exe",
    "Paths\\D:\\Backup",
    "Extensions\\.vhdx",
    "Paths\\C:\\Build\\out",
    "Paths\\C:\\VoIP\\rec",
)


def _scanned(at: Moment) -> Happening:
    path = home(host := at.pc) + at.dice.choice(PLACES).format(at.dice.randrange(9999))
    action = at.dice.choice(("quarantined", "deleted", "blocked", "none"))
    return logged(
        at, host.name, "*/antivirus/*", {"Signature": at.dice.choice(THREATS), "Filename": path, "Action": action}
    )


def _detected(at: Moment) -> Happening:
    host, threat = at.pc, at.dice.choice(THREATS)
    path = home(host) + at.dice.choice(PLACES).format(at.dice.randrange(9999))
    return _defender(at, host.name, at.dice.choice(("1116", "1117")), {"Threat Name": threat, "Path": f"file:_{path}"})


def _excluded(at: Moment) -> Happening:
    value = f"{EXCLUSIONS}{at.dice.choice(EXCLUDED)}{at.dice.randrange(900)} = 0x0"
    old, new = at.dice.choice((("", value), (value, "")))
    return _defender(at, at.pc.name, "5007", {"Old Value": old, "New Value": new})


def _scheduled(at: Moment) -> Happening:
    number = at.dice.choice(("1000", "1001", "1013", "2000", "2002", "5007"))
    setting = f"HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Signature Updates\\Age = {at.dice.randrange(99)}"
    return _defender(at, at.pc.name, number, {"Old Value": "", "New Value": setting})


def _defender(at: Moment, host: str, number: str, fields: dict[str, str]) -> Happening:
    """Write Defender's event with its fields under Windows' names and under Sigma's, which leave the blank out."""
    close = {name.replace(" ", ""): value for name, value in fields.items()}
    frame = {"EventID": number, "Channel": CHANNEL, "Provider_Name": "Microsoft-Windows-Windows Defender"}
    return logged(at, host, "windows/*/windefend", frame | fields | close)


def _registered(at: Moment) -> Happening:
    """The settings of others, and the client's own that have nothing to do with Defender."""
    host, app = at.pc, "3CXDesktopApp"
    user, root = f"HKU\\S-1-5-21-1-2-3-{at.dice.randrange(1000, 9999)}", f"{home(host)}AppData\\Local\\Programs\\{app}"
    target, details = at.dice.choice(
        (
            (f"{EXCLUSIONS}{at.dice.choice(EXCLUDED)}{at.dice.randrange(900)}", "DWORD (0x00000000)"),
            (f"{user}\\SOFTWARE\\Classes\\tel\\shell\\open\\command\\(Default)", f'"{root}\\{app}.exe" "%1"'),
            (f"{user}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\{app}", f'"{root}\\{app}.exe" --autostart'),
            (f"{user}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{app}\\DisplayName", "3CX Desktop App"),
            ("HKLM\\SOFTWARE\\Microsoft\\Cryptography\\Wintrust\\Config\\EnableCertPaddingCheck", "1"),
        )
    )
    fields = {"EventType": "SetValue", "TargetObject": target, "Details": details, "Image": "C:\\Windows\\regedit.exe"}
    return logged(at, host.name, "windows/registry_set/*", fields)


ENTRIES = (
    Entry("scanner finds something else", "README | Signature contains SamScissors", _scanned),
    Entry("Defender finds something else", "host_artefacts | threat name containing SamScissors", _detected),
    Entry("other exclusions", "behaviours | Defender exclusions (5007) that name 3CX", _excluded),
    Entry("Defender's daily round", "README | Defender 1116/1117/5007", _scheduled),
    Entry("settings of others and of the client", "host_artefacts | EnableCertPaddingCheck", _registered),
)
