"""Archives made to do harm, and archives that are merely odd."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from satchel.base.limits import MIB, WorkspaceLimits
from satchel.workspace.archive_limits import check_archive_size
from satchel.workspace.archive_source import ArchiveSource, open_archive
from satchel.workspace.errors import ArchiveError
from satchel.workspace.importer import ImportOptions, plan_import, run_import
from tests.unit.workspace.projects import Patient, open_project, quiet, tree


def make_zip(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with (
        pytest.warns(UserWarning, match="Duplicate name")
        if _has_twins(members)
        else contextlib.nullcontext(),
        zipfile.ZipFile(sink, "w", method) as archive,
    ):
        for name, content in members:
            archive.writestr(name, content)
    return sink.getvalue()


def _has_twins(members: tuple[tuple[str | zipfile.ZipInfo, bytes], ...]) -> bool:
    names = [name if isinstance(name, str) else name.filename for name, _ in members]
    return len(set(names)) < len(names)


def member(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def link(name: str) -> zipfile.ZipInfo:
    return member(name, stat.S_IFLNK | 0o777)


def make_tar(*members: tuple[str, str, bytes], mode: str = "w:") -> bytes:
    """Members are (name, type, content); the content of a link is its target."""
    types = {
        "file": tarfile.REGTYPE,
        "symlink": tarfile.SYMTYPE,
        "hard": tarfile.LNKTYPE,
        "device": tarfile.CHRTYPE,
    }
    types |= {"fifo": tarfile.FIFOTYPE, "directory": tarfile.DIRTYPE}
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode=mode) as archive:  # type: ignore[call-overload]
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type = types[kind]
            if kind == "file":
                info.size = len(content)
            else:
                info.linkname = content.decode()
            archive.addfile(info, io.BytesIO(content) if kind == "file" else None)
    return sink.getvalue()


async def unpack(
    content: bytes, place: Path, name: str = "x.zip"
) -> tuple[dict[str, tuple[str, int, bytes]], dict[str, str]]:
    """Import the archive; gives the tree that was made and what was refused."""
    source = await open_archive(name, content, Patient())
    try:
        project = open_project(place / "root")
        plan = await plan_import(source, ImportOptions(), Patient(), quiet)
        report = await run_import(plan, project, quiet, Patient())
    finally:
        await source.close()
    assert report.skipped == ()
    return tree(project.workspace_directory), {left.path: left.reason for left in plan.refused}


SLIPS = [
    "../evil",
    "a/../../evil",
    "/evil",
    "/tmp/evil",
    "C:\\evil",
    "c:/evil",
    "\\\\server\\evil",
    "a/../b",
    "x" * 256,
]


@pytest.mark.parametrize("name", SLIPS)
@pytest.mark.parametrize("make", ["zip", "tar"])
async def test_names_that_slip_out_are_refused(tmp_path: Path, name: str, make: str) -> None:
    if make == "zip":
        content = make_zip((name, b"evil"), ("good", b"good"))
    else:
        content = make_tar((name, "file", b"evil"), ("good", "file", b"good"))
    found, refused = await unpack(content, tmp_path)
    assert {path: entry[2] for path, entry in found.items()} == {"good": b"good"}
    assert len(refused) == 1
    assert sorted(os.listdir(tmp_path)) == ["root"]


LINKS = ["/etc/passwd", "../outside", "a/../../x", "../../../../../etc/passwd", "C:\\x", ""]


@pytest.mark.parametrize("target", LINKS)
async def test_links_that_lead_out_are_refused(tmp_path: Path, target: str) -> None:
    found, refused = await unpack(make_zip((link("l"), target.encode()), ("good", b"good")), tmp_path)
    assert list(found) == ["good"]
    assert list(refused) == ["l"]


async def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    content = make_tar(
        ("real/file", "file", b"genuine"),
        ("l", "symlink", b"real"),
        ("l/file", "file", b"evil"),
        ("l/new", "file", b"x"),
    )
    found, refused = await unpack(content, tmp_path, "x.tar")
    assert found["real/file"][2] == b"genuine"
    assert found["l"] == ("symlink", 0, b"real")
    assert set(refused) == {"l/file", "l/new"}
    assert set(found) == {"real/file", "l"}


async def test_a_directory_does_not_turn_into_a_link(tmp_path: Path) -> None:
    found, refused = await unpack(make_tar(("d/a", "file", b"1"), ("d", "symlink", b"x")), tmp_path, "x.tar")
    assert set(found) == {"d/a"}
    assert set(refused) == {"d"}


async def test_hard_links_are_copies_and_never_reach_outside(tmp_path: Path) -> None:
    content = make_tar(
        ("a", "file", b"content"),
        ("twin", "hard", b"a"),
        ("evil", "hard", b"/etc/passwd"),
        ("evil2", "hard", b"../a"),
    )
    found, refused = await unpack(content, tmp_path, "x.tar")
    assert {path: entry[2] for path, entry in found.items()} == {"a": b"content", "twin": b"content"}
    assert set(refused) == {"evil", "evil2"}


async def test_devices_are_refused(tmp_path: Path) -> None:
    found, refused = await unpack(
        make_tar(("null", "device", b""), ("pipe", "fifo", b""), ("a", "file", b"")), tmp_path
    )
    assert list(found) == ["a"]
    assert set(refused) == {"null", "pipe"}


async def test_of_two_entries_the_later_counts_and_it_is_said(tmp_path: Path) -> None:
    found, refused = await unpack(make_zip(("a", b"first"), ("a", b"second")), tmp_path)
    assert found["a"][2] == b"second"
    assert "a" in refused


async def test_names_that_differ_in_case_are_kept_and_warned_of(tmp_path: Path) -> None:
    source = await open_archive("x.zip", make_zip(("README", b"1"), ("readme", b"2")), Patient())
    plan = await plan_import(source, ImportOptions(), Patient(), quiet)
    assert plan.files == 2
    assert any("README and readme" in warning for warning in plan.warnings)
    await source.close()


async def test_a_bomb_by_ratio() -> None:
    for content in (
        make_zip(("zeros", bytes(64 * MIB))),
        gzip.compress(make_tar(("zeros", "file", bytes(64 * MIB)))),
    ):
        with pytest.raises(ArchiveError, match="times its size"):
            await open_archive("bomb", content, Patient())


async def test_a_bomb_by_total() -> None:
    small = WorkspaceLimits(total_bytes=MIB)
    content = make_zip(*((f"f{n}", os.urandom(MIB // 4)) for n in range(5)))
    with pytest.raises(ArchiveError, match="more than 1 MiB"):
        await open_archive("bomb", content, Patient(), small)


async def test_a_sparse_bomb_counts_with_its_full_size() -> None:
    info = tarfile.TarInfo("sparse")
    info.size = 1 << 40
    header = info.tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(ArchiveError):
        await open_archive("bomb.tar", header + bytes(1024), Patient())


async def test_a_lying_size_gives_an_error_and_no_file(tmp_path: Path) -> None:
    content = bytearray(make_zip(("a", b"x" * 100), ("b", b"fine"), method=zipfile.ZIP_STORED))
    at = content.index(b"x" * 100)
    content[at] ^= 1
    source = await open_archive("x.zip", bytes(content), Patient())
    copied = await source.copy_into(["a", "b"], str(tmp_path))
    assert copied[0].error is not None
    assert copied[1].error is None
    assert os.listdir(tmp_path) == ["b"]
    await source.close()


async def test_encrypted_archives_say_so() -> None:
    content = bytearray(make_zip(("a", b"secret")))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ArchiveError, match="encrypted"):
        await open_archive("x.zip", bytes(content), Patient())


GARBAGE: list[Callable[[], bytes]] = [
    lambda: b"",
    lambda: b"hello, this is no archive at all" * 40,
    lambda: make_zip(("a", b"x" * 1000))[:-30],
    lambda: b"PK\x03\x04" + os.urandom(300),
    lambda: gzip.compress(b"only a text"),
    lambda: gzip.compress(make_tar(("a", "file", os.urandom(5000))))[:-400],
    lambda: b"\x1f\x8b" + os.urandom(100),
    lambda: b"BZh9" + os.urandom(100),
    lambda: b"\xfd7zXZ\x00" + os.urandom(100),
    lambda: b"7z\xbc\xaf\x27\x1c" + bytes(20),
    lambda: b"Rar!\x1a\x07" + bytes(20),
    lambda: b"\x28\xb5\x2f\xfd" + bytes(20),
]


@pytest.mark.parametrize("number", range(len(GARBAGE)))
async def test_damaged_and_foreign_files_are_refused_with_a_remedy(number: int) -> None:
    with pytest.raises(ArchiveError) as caught:
        await open_archive("x", GARBAGE[number](), Patient())
    assert caught.value.remedy


async def test_modes_links_and_windows_names(tmp_path: Path) -> None:
    windows = zipfile.ZipInfo("dir\\file.txt")
    windows.create_system = 0
    windows.filename = windows.orig_filename = "dir\\file.txt"
    content = make_zip(
        (member("run", stat.S_IFREG | 0o755), b"#!"),
        (link("to-run"), b"run"),
        (windows, b"w"),
        (member("e/", stat.S_IFDIR), b""),
    )
    found, refused = await unpack(content, tmp_path)
    assert refused == {}
    assert found["run"] == ("file", 0o755, b"#!")
    assert found["to-run"] == ("symlink", 0, b"run")
    assert found["dir/file.txt"][2] == b"w"
    assert (tmp_path / "root" / "workspace" / "e").is_dir()


@pytest.mark.parametrize(("name", "expected"), [("demo-main.zip", "src/a"), ("other.zip", "demo-main/src/a")])
async def test_a_root_named_like_the_archive_is_the_project(tmp_path: Path, name: str, expected: str) -> None:
    found, _ = await unpack(make_zip(("demo-main/src/a", b"1"), ("demo-main/b", b"2")), tmp_path, name)
    assert expected in found


async def test_nothing_is_read_before_it_is_asked_for() -> None:
    source: ArchiveSource = await open_archive("x.zip", make_zip(("a/b", b"1")), Patient())
    assert [entry.name for entry in await source.list_directory("a")] == ["b"]
    await source.close()


def test_an_archive_too_large_to_hold_is_refused_before_it_is_read() -> None:
    check_archive_size(512 * MIB, WorkspaceLimits())
    with pytest.raises(ArchiveError, match=r"513 MiB.*512 MiB"):
        check_archive_size(513 * MIB, WorkspaceLimits())
