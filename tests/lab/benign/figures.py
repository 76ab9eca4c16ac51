"""Published figures of what is harmless, each with its entry in the fact base; those of the attack are in lab.facts."""

from __future__ import annotations

from typing import Final

from lab.facts import CLEAN_MACOS, CLEAN_WINDOWS

UPDATE_6, FIRST_CLEAN, NEW_CERTIFICATE = CLEAN_WINDOWS  # 18.11.1213, 18.12.422, 18.12.425
MAC_OLD, MAC_CLEAN = CLEAN_MACOS  # 18.10.461, 18.12.422
LATER: Final = "18.13.949"  # a later build, named by the task of this company and in no source of the facts
RELEASED: Final = {FIRST_CLEAN: "2023-03-31", NEW_CERTIFICATE: "2023-04-04"}  # affected_versions.windows, released
VENDOR_SITE: Final = "www.3cx.com"  # D-033
VENDOR_PAGE: Final = "/blog/event-trainings/"  # U-019
VENDOR_CLOUD: Final = (
    "3cx.cloud"  # host_artefacts.macos, network: "genuine traffic goes to the customer PBX and *.3cx.cloud"
)
VENDOR_DOWNLOADS: Final = (
    "downloads-global.3cx.com",
    "/downloads/v180/templates/clients/",
)  # host_artefacts.pbx_server, url
PBX_PACKAGES: Final = "/var/lib/3cxpbx/Instance1/Data/Http/electron/"  # host_artefacts.pbx_server, directory
UPDATE_PATH: Final = "/electron/update/win32/"  # host_artefacts.windows, process Update.exe
SHARED_HOSTING: Final = (  # false_positives, hosting addresses; 22 to 24 written out
    "162.213.255.22",
    "162.213.255.23",
    "162.213.255.24",
    "91.235.116.231",
)
SHARED_STORAGE: Final = ("38.108.185.79", "38.108.185.115")  # network.ips: "shared service, do not alert on it"
STORAGE_SITE: Final = "od.lk"  # D-032: only the full URL
TRADING_SITES: Final = ("www.tradingtechnologies.com", "download.tradingtechnologies.com")  # D-029, D-030
NAMESAKE_SITE: Final = "convieneonline.it"  # D-028, note: an unrelated site
C2_PATHS: Final = (  # U-003 to U-018, U-020 to U-025: harmless on any other host
    "/v2/storage",
    "/azure/storage",
    "/microsoft-edge",
    "/v1/console",
    "/exchange",
    "/window",
    "/api/session",
    "/workload",
    "/cloud/services",
    "/office",
    "/technologies",
    "/downloads",
    "/feed",
    "/phonesystem",
    "/voip",
    "/Windows",
    "/v2/fileapi",
    "/cloud/images",
    "/google/storage",
    "/v1/status",
    "/ms-webview",
    "/blog/_insert",
)
AGENT_STALE_EDGE: Final = (  # network.http.user_agents, VEILEDSIGNAL C2 module: "only with another condition"
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/95.0.4638.54 Safari/537.36 Edg/95.0.1020.40"
)
AGENT_STALE_CHROME: Final = (  # network.http.user_agents, Lazarus HTTP DLL: "weak alone"
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/81.0.4044.138 Safari/537.36"
)
TPM_TASKS: Final = ("Tpm-HASCertRetr", "Tpm-Maintenance")  # host_artefacts.windows, scheduled_task
