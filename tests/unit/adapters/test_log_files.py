"""Session logs on disk: one writer, durable appends, hostile ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel.adapters.server.log_files import LocalLogStorage
from satchel.base.errors import InputError
from satchel.base.ids import SessionId

ID = SessionId("0" * 31 + "1")


async def test_append_read_truncate_survive_reopening(tmp_path: Path) -> None:
    storage = LocalLogStorage(tmp_path / "logs")
    file = await storage.open(ID, create=True)
    file.append(b"hello ")
    file.append(b"world")
    file.flush()
    assert (file.size(), file.read(6, 100)) == (11, b"world")
    file.truncate(5)
    file.close()
    again = await storage.open(ID, create=False)
    assert again.read(0, 100) == b"hello"
    again.close()
    assert await storage.list() == [ID]


async def test_a_log_has_one_writer(tmp_path: Path) -> None:
    storage = LocalLogStorage(tmp_path)
    file = await storage.open(ID, create=True)
    with pytest.raises(OSError, match="open in another process"):
        await LocalLogStorage(tmp_path).open(ID, create=False)
    file.close()
    (await storage.open(ID, create=False)).close()


@pytest.mark.parametrize("hostile", ["../x", "a/b", "", "ABC", "0" * 33, "index"])
async def test_an_id_never_becomes_a_path(tmp_path: Path, hostile: str) -> None:
    with pytest.raises(InputError):
        await LocalLogStorage(tmp_path).open(SessionId(hostile), create=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == []


async def test_a_missing_log_is_not_made_by_opening(tmp_path: Path) -> None:
    storage = LocalLogStorage(tmp_path)
    with pytest.raises(FileNotFoundError):
        await storage.open(ID, create=False)
    assert await storage.list() == []


async def test_delete_takes_the_quarantine_along(tmp_path: Path) -> None:
    storage = LocalLogStorage(tmp_path)
    (await storage.open(ID, create=True)).close()
    await storage.quarantine(ID, "torn-8", b"bytes")
    assert (tmp_path / "quarantine" / f"{ID}-torn-8").read_bytes() == b"bytes"
    await storage.delete(ID)
    await storage.delete(ID)
    assert await storage.list() == []
    assert list((tmp_path / "quarantine").iterdir()) == []


async def test_the_index_is_replaced_whole(tmp_path: Path) -> None:
    storage = LocalLogStorage(tmp_path)
    assert await storage.read_index() is None
    await storage.write_index(b"one")
    await storage.write_index(b"two")
    assert await storage.read_index() == b"two"
