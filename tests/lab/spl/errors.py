"""The one error of this package: text that Splunk would refuse, or that this evaluator does not know."""

from __future__ import annotations


class SplError(ValueError):
    """Say what was expected, and at which character (from 0) of the text after macro expansion."""

    def __init__(self, problem: str, at: int) -> None:
        """Keep the problem and its place apart from the sentence."""
        super().__init__(f"{problem} (at character {at})")
        self.problem = problem
        self.at = at
