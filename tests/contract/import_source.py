"""What every `ImportSource` must do. A subclass gives a `source` made of `FILES`."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from pathlib import Path

import pytest

from satchel.workspace.errors import NotAFileError, NotFoundError, WorkspaceError
from satchel.workspace.import_source import ImportSource

FILES: dict[str, bytes] = {
    "README.md": b"# demo\n",
    "empty": b"",
    "src/main.py": b"print('hello')\n",
    "src/deep/er/data.bin": bytes(range(256)) * 5000,
    "src/caf\u00e9 \U0001f9f3.txt": "über\r\n".encode(),
    ".hidden/x": b"x",
}


class ImportSourceContract(ABC):
    """Subclass as `Test…`."""

    @pytest.fixture
    @abstractmethod
    def source(self) -> ImportSource:
        """A source that holds exactly `FILES`."""

    async def test_it_has_a_name(self, source: ImportSource) -> None:
        assert source.name
        assert source.kind in ("folder", "archive", "directory")

    async def test_walking_finds_every_file_once(self, source: ImportSource) -> None:
        found: dict[str, int | None] = {}
        pending = [""]
        while pending:
            directory = pending.pop()
            for entry in await source.list_directory(directory):
                assert "/" not in entry.name
                path = f"{directory}/{entry.name}" if directory else entry.name
                if entry.kind == "directory":
                    pending.append(path)
                else:
                    assert path not in found
                    found[path] = entry.size
        assert found.keys() == FILES.keys()
        assert all(size in (None, len(FILES[path])) for path, size in found.items())

    async def test_small_files_are_read(self, source: ImportSource) -> None:
        assert await source.read("src/main.py") == FILES["src/main.py"]
        assert await source.read("empty") == b""

    async def test_what_is_not_there(self, source: ImportSource) -> None:
        for path in ("no", "src/no", "no/such"):
            with pytest.raises(NotFoundError):
                await source.read(path)
        with pytest.raises((NotAFileError, WorkspaceError)):
            await source.read("src")
        with pytest.raises(WorkspaceError):
            await source.list_directory("nowhere")

    async def test_copies_are_exact_and_in_order(self, source: ImportSource, tmp_path: Path) -> None:
        destination = tmp_path / "copy"
        for path in FILES:
            (destination / path).parent.mkdir(parents=True, exist_ok=True)
        copied = await source.copy_into(list(FILES), str(destination))
        assert [one.path for one in copied] == list(FILES)
        for one in copied:
            content = FILES[one.path]
            assert one.error is None
            assert (one.size, one.sha256) == (len(content), hashlib.sha256(content).hexdigest())
            assert (destination / one.path).read_bytes() == content

    async def test_one_bad_file_does_not_spoil_the_batch(self, source: ImportSource, tmp_path: Path) -> None:
        copied = await source.copy_into(["gone", "README.md"], str(tmp_path))
        assert copied[0].error
        assert copied[1].error is None
        assert os.listdir(tmp_path) == ["README.md"]

    async def test_closing_twice_is_fine(self, source: ImportSource) -> None:
        await source.close()
        await source.close()
