"""SPL read strictly and run over events in memory; where Splunk's documentation is silent, the code says so."""

from lab.spl.errors import SplError
from lab.spl.macros import Macro
from lab.spl.parse import parse
from lab.spl.run import Ran, run, staged
from lab.spl.strings import quoted
from lab.spl.tree import Row

__all__ = ["Macro", "Ran", "Row", "SplError", "parse", "quoted", "run", "staged"]
