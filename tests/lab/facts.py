"""Published facts of the incident, each with its entry in the fact base; the estate and the plants use nothing else."""

from __future__ import annotations

from dataclasses import dataclass

BAD_WINDOWS = ("18.12.407", "18.12.416")  # affected_versions.windows
BAD_MACOS = ("18.11.1213", "18.12.402", "18.12.407", "18.12.416")  # affected_versions.macos
CLEAN_WINDOWS = ("18.11.1213", "18.12.422", "18.12.425")  # affected_versions.windows, status clean
CLEAN_MACOS = ("18.10.461", "18.12.422")  # affected_versions.macos, status clean


@dataclass(frozen=True, slots=True)
class Hashes:
    """Digests of one file in lower-case hex; "" where none was published."""

    sha256: str = ""
    sha1: str = ""
    md5: str = ""


FFMPEG = Hashes(  # F-004, unsigned
    "7986bbaee8940da11ce089383521ab420c443ab7b15ed42aed91fd31ce833896",
    "bf939c9c261d27ee7bb92325cc588624fca75429",
    "74bc2d0b6680faa1a5a76b27e5479cbc",
)
FFMPEG_SIGNED = Hashes(  # F-005, signed by 3CX Ltd
    "c485674ee63ec8d4e8fde9800788175a8b02d3f9416d0e763360fff7f8eb4e02", "", "27b134af30f4a86f177db2f2555fe01d"
)
D3DCOMPILER = Hashes(  # F-008, its Microsoft signature still valid
    "11be1803e2e307b647a8a7e02d128335c448ff741bf06bf52b332e0bbf423b03",
    "20d554a80d759c50d6537dd7097fed84dd258b3e",
    "82187ad3f0c6c225e2fba0c867280cc9",
)
CLIENT_407 = Hashes("dde03348075512796241389dfea5560c20a3d2a2eac95c894e7bbed5e85a0acc")  # F-009
CLIENT_416 = Hashes("fad482ded2e25ce9e1dd3d3ecc3227af714bdfbbde04347dbc1b21d6a3670405")  # F-012
MAC_CLIENT_1213 = Hashes("92005051ae314d61074ed94a52e76b1c3e21e7f0e8c1d1fdd497a006ce45fa61")  # F-090
MAC_CLIENT_416 = Hashes("b86c695822013483fa4e2dfdf712c5ee777d7b99cbad8c2fa2274b133481eadb")  # F-091
UPDATE_AGENT = Hashes(  # F-095
    "6c121f2b2efa6592c2c22b29218157ec9e63f385e7a1d7425857d603ddef8c59", "9e9a5f8d86356796162cee881c843cde9eaedfb3"
)
PAYLOAD_SIGNING_ID = "payload2-55554944839216049d683075bc3f5a8628778bb8"  # host_artefacts.macos, codesign
TEAM_ID = "33CF4654HL"  # host_artefacts.macos, codesign

C2_DOMAINS = (  # D-001 to D-023
    "akamaicontainer.com",
    "akamaitechcloudservices.com",
    "azuredeploystore.com",
    "azureonlinecloud.com",
    "azureonlinestorage.com",
    "dunamistrd.com",
    "glcloudservice.com",
    "journalide.org",
    "msedgepackageinfo.com",
    "msstorageazure.com",
    "msstorageboxes.com",
    "officeaddons.com",
    "officestoragebox.com",
    "pbxcloudeservices.com",
    "pbxphonenetwork.com",
    "pbxsources.com",
    "qwepoi123098.com",
    "sbmsa.wiki",
    "sourceslabs.com",
    "visualstudiofactory.com",
    "zacharryblogs.com",
    "msedgeupdate.net",
    "msboxonline.com",
)
ICON_C2 = {  # D-002 to D-021, named_in_icons; U-003 to U-016; hosting_ip_at_disclosure
    2: ("officestoragebox.com", "/api/session", "162.213.255.23"),
    3: ("visualstudiofactory.com", "/workload", "162.213.255.24"),
    4: ("azuredeploystore.com", "/cloud/services", "199.33.112.228"),
    5: ("msstorageboxes.com", "/office", "162.213.255.24"),
    8: ("zacharryblogs.com", "/feed", "198.54.115.118"),
    11: ("akamaitechcloudservices.com", "/v2/storage", "199.188.206.6"),
    13: ("msedgepackageinfo.com", "/microsoft-edge", "185.38.151.11"),
    15: ("pbxsources.com", "/exchange", "198.54.116.74"),
}
MAC_C2 = (  # U-020 to U-024
    ("akamaitechcloudservices.com", "/v2/fileapi", "199.188.206.6"),
    ("azuredeploystore.com", "/cloud/images", "199.33.112.228"),
    ("azureonlinestorage.com", "/google/storage", "91.235.116.231"),
    ("glcloudservice.com", "/v1/status", "198.54.125.101"),
    ("msedgepackageinfo.com", "/ms-webview", "185.38.151.11"),
)
PAYLOAD_C2 = ("sbmsa.wiki", "/blog/_insert", "198.54.114.192")  # D-018, U-025
ICON_HOST = "raw.githubusercontent.com"  # D-031
ICON_PATH = "/IconStorages/images/main/icon{}.ico"  # U-001
AGENT_WINDOWS = (  # network.http.user_agents, SUDDENICON
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "3CXDesktopApp/18.11.1197 Chrome/102.0.5005.167 Electron/19.1.9 Safari/537.36"
)
AGENT_MACOS = (  # network.http.user_agents, macOS first stage
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/108.0.5359.128 Safari/537.36"
)
COOKIE_WINDOWS = "__tutma={}"  # network.http.cookies_and_headers; the MachineGuid
COOKIE_MACOS = "3cx_auth_id={};3cx_auth_token_content={};__tutma=true"  # network.http.cookies_and_headers
ICONS_GONE = "2023-03-29T01:19:00+00:00"  # timeline 2023-03-29
