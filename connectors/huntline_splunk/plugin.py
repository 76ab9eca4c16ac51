"""The platform's declaration: Splunk, searched in SPL."""

from __future__ import annotations

from huntline.translate.declare import declared
from huntline_splunk.language import Spl
from huntline_splunk.render import SplunkRenderer

PLATFORM = declared("splunk", "huntline_splunk", Spl(), SplunkRenderer, ("pysigma", "pysigma-backend-splunk"))
