"""Regions: pieces of the page that are sent on their own, each drawn again only when an input of its view changed.

Inputs are compared by identity, and by value where they are plain scalars. The last inputs are kept, so no identity can
be mistaken for that of a dead object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from satchel.ui.tree import Tree

Inputs: TypeAlias = tuple[object, ...]
RegionUpdate: TypeAlias = "tuple[str, Tree | None]"

_COMPARED_BY_VALUE = (str, int, bool, float, type(None))


@dataclass(frozen=True, slots=True)
class Region:
    """One region as it should be now: its id, what its view depends on, and the view over exactly that."""

    id: str
    inputs: Inputs
    view: Callable[[], Tree]


def _same(a: Inputs, b: Inputs) -> bool:
    if len(a) != len(b):
        return False
    return all(
        x is y or (isinstance(x, _COMPARED_BY_VALUE) and type(x) is type(y) and x == y)
        for x, y in zip(a, b, strict=True)
    )


class RegionCache:
    """What was sent last, region by region."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[Inputs, Tree]] = {}

    def update(self, regions: Iterable[Region]) -> list[RegionUpdate]:
        """The regions whose trees changed since the last call, and None for those that are gone."""
        updates: list[RegionUpdate] = []
        kept: dict[str, tuple[Inputs, Tree]] = {}
        for region in regions:
            before = self._sent.get(region.id)
            if before is not None and _same(before[0], region.inputs):
                kept[region.id] = before
                continue
            tree = region.view()
            if before is None or before[1] != tree:
                updates.append((region.id, tree))
            kept[region.id] = (region.inputs, tree)
        updates.extend((gone, None) for gone in self._sent.keys() - kept.keys())
        self._sent = kept
        return updates

    def all(self) -> list[RegionUpdate]:
        """Everything as it was sent last."""
        return [(region_id, tree) for region_id, (_, tree) in self._sent.items()]
