"""A guest tree in a temporary directory, with a host that is closed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from satchel.adapters.server.wasi.host import ServerProcessHost
from tests.unit.adapters.wasi.running import PLACES, Guests


@pytest.fixture
def guests(tmp_path: Path) -> Iterator[Guests]:
    for name in PLACES.values():
        (tmp_path / name).mkdir()
    host = ServerProcessHost({guest: str(tmp_path / name) for guest, name in PLACES.items()})
    yield Guests(tmp_path, host)
    host.close()
