"""Archives keep the contract of a source, whatever they are packed with."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import AsyncIterator

import pytest

from satchel.workspace.archive_source import open_archive
from satchel.workspace.import_source import ImportSource
from tests.contract.import_source import FILES, ImportSourceContract
from tests.unit.workspace.projects import Patient


class TestZip(ImportSourceContract):
    """A zip."""

    @pytest.fixture
    async def source(self) -> AsyncIterator[ImportSource]:
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in FILES.items():
                archive.writestr(path, content)
        source = await open_archive("demo.zip", sink.getvalue(), Patient())
        yield source
        await source.close()


class TestTar(ImportSourceContract):
    """A tar, plain and compressed."""

    @pytest.fixture(params=["w:", "w:gz", "w:bz2", "w:xz"])
    async def source(self, request: pytest.FixtureRequest) -> AsyncIterator[ImportSource]:
        sink = io.BytesIO()
        with tarfile.open(fileobj=sink, mode=request.param) as archive:
            for path, content in FILES.items():
                info = tarfile.TarInfo(path)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        source = await open_archive("demo.tar", sink.getvalue(), Patient())
        yield source
        await source.close()
