"""How many changes were tried in vain: a script that fails a few times is better ended than tried for ever."""

from __future__ import annotations

from dataclasses import dataclass

from satchel.llm.demo.tool_results import Outcome

_BORNE = 3


@dataclass(slots=True)
class Failures:
    """Changes that were tried in vain in this run of the script."""

    last: str = ""
    number: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one more, and keep its reason."""
        self.last = outcome.reason
        self.number += 1

    @property
    def too_many(self) -> bool:
        """Whether it is time to stop."""
        return self.number >= _BORNE
