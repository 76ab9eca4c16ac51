"""What a data stream's template maps beside what its events hold, or otherwise than ECS would: small tables by dataset.

`windows.sysmon_operational`: elastic/integrations packages/windows/data_stream/sysmon_operational/fields/ecs.yml @4670aa0,
where command lines are keywords cut at 1,024 characters, not wildcards. `winlogbeat` maps all of ECS (mem). Zscaler's
template (packages/zscaler_zia/data_stream/web/fields/ecs.yml @0a2c185) adds nothing a detection asks: there
destination.domain is not mapped, and a text that names it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lab.elastic.documents import Field

IGNORE_ABOVE: Final = 1024  # of keywords in Fleet's and Beats' templates (docs; the file above)
_KEYWORD: Final = Field("keyword", IGNORE_ABOVE)

TEMPLATES: Final[Mapping[str, Mapping[str, Field]]] = {
    "windows.sysmon_operational": {
        **dict.fromkeys(("process.command_line", "process.parent.command_line", "registry.data.strings"), _KEYWORD),
        **dict.fromkeys(
            ("destination.domain", "source.domain", "registry.path", "registry.key", "registry.value"), _KEYWORD
        ),
        **dict.fromkeys(
            ("registry.hive", "registry.data.type", "file.directory", "file.extension", "rule.name"), _KEYWORD
        ),
        **dict.fromkeys(("dns.resolved_ip", "related.ip", "host.ip"), Field("ip")),
    },
    "winlogbeat": {
        **dict.fromkeys(
            ("destination.domain", "source.domain", "registry.path", "registry.key", "registry.value"), _KEYWORD
        ),
        "registry.data.strings": Field("wildcard"),
        "dns.resolved_ip": Field("ip"),
    },
}
