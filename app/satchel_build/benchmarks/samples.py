"""Samples of one measurement, what they are summed up to, and the targets they are held against."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Measurement", "Target", "percentile"]


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` (0 to 1) of all samples do not exceed. Raises ValueError for none."""
    if not samples:
        raise ValueError("no samples")
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured, in which unit, all samples in the order they were taken."""

    name: str
    unit: str
    samples: tuple[float, ...]

    @property
    def p50(self) -> float:
        """The median."""
        return percentile(self.samples, 0.5)

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return percentile(self.samples, 0.95)


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach: the p50 of `name`, divided by the p50 of `per` if that is given, against `limit`."""

    name: str
    sense: Literal["at most", "at least"]
    limit: float
    unit: str
    per: str | None = None

    def value(self, measurements: Mapping[str, Measurement]) -> float:
        """What was reached."""
        value = measurements[self.name].p50
        return value / measurements[self.per].p50 if self.per else value

    def met(self, measurements: Mapping[str, Measurement]) -> bool:
        """Whether that is good enough."""
        value = self.value(measurements)
        return value <= self.limit if self.sense == "at most" else value >= self.limit

    @property
    def title(self) -> str:
        """What the figure is, as a table shows it."""
        return f"{self.name} / {self.per}" if self.per else self.name
