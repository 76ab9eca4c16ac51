"""The columns every table has, and which of them show without being asked for (M24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lab.kql.model import KqlType

TIME: Final = "TimeGenerated"
SHOWN: Final[Mapping[str, KqlType]] = {
    "TenantId": "string",
    TIME: "datetime",
    "SourceSystem": "string",
    "Type": "string",
    "_ResourceId": "string",
}
# Answered only where a query names them in its output [M24].
HIDDEN: Final[Mapping[str, KqlType]] = {
    "_ItemId": "string",
    "_TimeReceived": "datetime",
    "_IsBillable": "string",
    "_BilledSize": "real",
    "_SubscriptionId": "string",
}
# The lab's own: what ingestion_time() says, and a row's place among a search job's results. No query can name them.
INGESTED: Final = "_IngestedAt"
PLACE: Final = "_Place"
OWN: Final[Mapping[str, KqlType]] = {INGESTED: "datetime", PLACE: "long"}
ORIGINAL: Final[Mapping[str, KqlType]] = {  # a search job's results [M5]
    "_OriginalType": "string",
    "_OriginalItemId": "string",
    "_OriginalTimeGenerated": "datetime",
}
# How Resource Manager writes a type (the specification's ColumnTypeEnum).
ARM_TYPES: Final[Mapping[KqlType, str]] = {
    "string": "string",
    "int": "int",
    "long": "long",
    "real": "real",
    "bool": "boolean",
    "datetime": "dateTime",
    "guid": "guid",
    "dynamic": "dynamic",
}
