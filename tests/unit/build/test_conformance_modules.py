"""The committed programs of `tests/conformance/wasi` are what their sources give with the compiler that is pinned."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

from tests.conformance.wasi import build

RECORDS = json.loads(build.DIGESTS.read_text(encoding="utf-8"))
FAMILY, FILES, CALLS = (build.HERE / f"programs/{name}.c" for name in ("family", "files", "calls"))


@pytest.mark.parametrize("source", build.SOURCES, ids=lambda source: source.stem)
def test_a_committed_program_is_of_todays_source(source: Path) -> None:
    module = gzip.decompress((build.HERE / f"modules/{source.stem}.wasm.gz").read_bytes())
    assert RECORDS[source.stem] == build.expected_record(source, module), (
        "run tests/conformance/wasi/build.py --write"
    )


def test_every_module_has_its_source_and_record() -> None:
    modules = {path.name.removesuffix(".wasm.gz") for path in build.HERE.glob("modules/*.wasm.gz")}
    assert modules == RECORDS.keys() == {source.stem for source in build.SOURCES}


def test_headers_flags_and_the_table_of_calls_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def digests() -> list[str]:
        return [build.source_digest(source) for source in (FAMILY, FILES, CALLS)]

    before = digests()
    shutil.copytree(build.HEADERS, tmp_path / "include")
    with (tmp_path / "include" / "satchel.h").open("a") as header:
        header.write("/* changed */\n")
    with monkeypatch.context() as patch:
        patch.setattr(build, "HEADERS", tmp_path / "include")
        assert [a == b for a, b in zip(digests(), before, strict=True)] == [False, True, True]
    with monkeypatch.context() as patch:
        patch.setattr(build, "calls_table", lambda: "")
        assert [a == b for a, b in zip(digests(), before, strict=True)] == [True, True, False]
    with monkeypatch.context() as patch:
        patch.setattr(build, "FREESTANDING", ())
        assert [a == b for a, b in zip(digests(), before, strict=True)] == [True, True, False]
    monkeypatch.setattr(build, "FLAGS", (*build.FLAGS, "-g"))
    assert [a == b for a, b in zip(digests(), before, strict=True)] == [False, False, False]
