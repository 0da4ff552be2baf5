"""Families of like tests, of which a usual run takes a sample: the hook behind `@pytest.mark.family(name, size)`.

What somebody asked for by name, with `-k` or a node id, is run whatever the sample says.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.samples import sampler_from_environment


@pytest.hookimpl(trylast=True)  # after -k and -m have taken theirs away
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what is not in the sample of its family. Raises UsageError when a family's tests give two sizes."""
    families: dict[str, list[pytest.Item]] = {}
    sizes: dict[str, tuple[int, str]] = {}
    for item in items:
        mark = item.get_closest_marker("family")
        if mark is not None:
            name, size = mark.args
            families.setdefault(name, []).append(item)
            said, by = sizes.setdefault(name, (size, item.nodeid))
            if said != size:
                raise pytest.UsageError(f"family {name!r}: {by} says {said}, {item.nodeid} says {size}")
    if config.getoption("keyword"):
        return
    sampler, named = sampler_from_environment(), _named(config)
    left_out = set()
    for name, family in families.items():
        chosen = sampler.sample(name, family, sizes[name][0])
        left_out |= {item for item in family if item not in chosen and not _is_one_of(item, named)}
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


def _named(config: pytest.Config) -> list[tuple[Path, str]]:
    """File and rest of each node id on the command line."""
    parted = [argument.partition("::") for argument in config.args]
    return [((config.invocation_params.dir / path).resolve(), rest) for path, found, rest in parted if found]


def _is_one_of(item: pytest.Item, named: Sequence[tuple[Path, str]]) -> bool:
    names = item.nodeid.partition("::")[2]
    return any(
        item.path == path and (names == rest or names.startswith((f"{rest}[", f"{rest}::")))
        for path, rest in named
    )
