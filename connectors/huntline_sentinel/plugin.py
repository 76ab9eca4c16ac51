"""The platform's declaration: Microsoft Sentinel, searched in KQL."""

from __future__ import annotations

from huntline.translate.declare import declared
from huntline_sentinel.language import Kql
from huntline_sentinel.render import SentinelRenderer

PLATFORM = declared("sentinel", "huntline_sentinel", Kql(), SentinelRenderer, ("pysigma", "pysigma-backend-kusto"))
