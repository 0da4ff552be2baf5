"""The changeset: kinds, renames, digests, flags; and that unchanged files are not read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from satchel.workspace import stat_memo
from satchel.workspace.archive_export import ArchiveKind, write_archive
from satchel.workspace.archive_source import open_archive
from satchel.workspace.change_flags import change_flags
from satchel.workspace.errors import ArchiveError, NotFoundError, WorkspaceError
from satchel.workspace.importer import ImportOptions, plan_import, run_import
from satchel.workspace.project import Project
from tests.unit.workspace.projects import Patient, folder_of, import_folder, open_project, quiet, tree


@pytest.fixture
async def project(tmp_path: Path) -> Project:
    made = open_project(tmp_path / "root")
    files: dict[str, bytes | str] = {
        "a": b"one\ntwo\nthree\n", "b": b"b\n", "dir/same": b"twin\n", "twin": b"twin\n", "l": "a", "bin": b"\0" * 10
    }  # fmt: skip
    await import_folder(made, folder_of(files))
    return made


async def kinds(project: Project) -> dict[str, tuple[str, str | None]]:
    changeset = await project.changeset(Patient())
    return {change.path: (change.kind, change.old_path) for change in changeset.changes}


async def test_kinds(project: Project) -> None:
    files = project.files
    files.write_bytes("a", b"one\n2\nthree\n")
    files.set_mode("b", 0o755)
    files.rename("dir/same", "dir/moved")
    files.remove_file("l")
    files.write_bytes("l", b"a")
    files.write_bytes("bin", b"\0\1")
    files.write_bytes("new", b"n\n")
    files.remove_file("twin")
    assert await kinds(project) == {
        "a": ("modify", None),
        "b": ("mode", None),
        "bin": ("modify", None),
        "dir/moved": ("rename", "dir/same"),
        "l": ("type", None),
        "new": ("add", None),
        "twin": ("delete", None),
    }
    changes = (await project.changeset(Patient())).by_path()
    assert (changes["a"].lines_added, changes["a"].lines_removed) == (1, 1)
    assert (changes["bin"].binary, changes["bin"].lines_added) == (True, 0)
    assert (changes["new"].lines_added, changes["twin"].lines_removed) == (1, 1)


async def test_undoing_an_edit_by_hand_is_no_change(project: Project) -> None:
    project.files.write_bytes("a", b"x")
    project.files.write_bytes("a", b"one\ntwo\nthree\n")
    project.files.write_bytes("t", b"")
    project.files.remove_file("t")
    assert await kinds(project) == {}


async def test_renames_prefer_the_same_name_and_pair_each_file_once(project: Project) -> None:
    project.files.remove_file("dir/same")
    project.files.remove_file("twin")
    project.files.write_bytes("x/twin", b"twin\n")
    project.files.write_bytes("x/other", b"twin\n")
    project.files.write_bytes("x/third", b"twin\n")
    assert await kinds(project) == {
        "x/other": ("rename", "dir/same"),
        "x/third": ("add", None),
        "x/twin": ("rename", "twin"),
    }


async def test_empty_files_are_never_renames(project: Project) -> None:
    project.files.write_bytes("b", b"")
    await import_nothing(project)
    project.files.remove_file("b")
    project.files.write_bytes("c", b"")
    assert (await kinds(project))["c"] == ("add", None)


async def import_nothing(project: Project) -> None:
    """A pass over the files in between, as the service makes one after each tool."""
    await project.changeset(Patient())


async def test_a_thousand_twins_are_paired_by_name(tmp_path: Path) -> None:
    project = open_project(tmp_path / "root")
    await import_folder(project, folder_of({f"a/{number}": b"same" for number in range(1000)}))
    project.files.rename("a", "b")
    assert await kinds(project) == {f"b/{number}": ("rename", f"a/{number}") for number in range(1000)}


async def test_the_digest_stands_for_exactly_these_changes(project: Project) -> None:
    digests = [(await project.changeset(Patient())).digest]
    for step in (
        lambda: project.files.write_bytes("a", b"1"),
        lambda: project.files.write_bytes("a", b"2"),
        lambda: project.files.set_mode("a", 0o755),
        lambda: project.files.rename("b", "c"),
        lambda: project.files.rename("c", "d"),
    ):
        step()
        digests.append((await project.changeset(Patient())).digest)
    assert len(set(digests)) == len(digests)
    assert (await project.changeset(Patient())).digest == digests[-1]


async def test_unchanged_files_are_not_read_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    time.sleep(0.15)
    await project.changeset(Patient())
    project.files.write_bytes("b", b"changed\n")
    read: list[str] = []
    genuine = stat_memo.read_state

    def watched(host: str, status: os.stat_result):
        read.append(os.path.basename(host))
        return genuine(host, status)

    monkeypatch.setattr(stat_memo, "read_state", watched)
    await project.changeset(Patient())
    assert read == ["b"]


async def test_a_change_within_the_clocks_tick_is_seen(project: Project) -> None:
    """Same size, same inode, and times put back: only the distrust of fresh files finds it."""
    host = f"{project.workspace_directory}/b"
    for content in (b"1\n", b"2\n", b"3\n", b"4\n"):
        with open(host, "r+b") as stream:
            stream.write(content)
        changeset = await project.changeset(Patient())
        assert project.compare("b").after == content.decode()
        assert [change.path for change in changeset.changes] == ["b"]


async def test_a_damaged_base_is_reported_and_never_shown(project: Project) -> None:
    Path(f"{project.storage.root}/base/a").write_bytes(b"tampered")
    project.files.write_bytes("a", b"ours")
    with pytest.raises(WorkspaceError, match="damaged"):
        project.compare("a")


async def test_a_damaged_record_is_reported(project: Project, tmp_path: Path) -> None:
    Path(f"{project.storage.root}/meta/base.json").write_bytes(b"{")
    with pytest.raises(WorkspaceError, match="record of the import is damaged"):
        open_project(tmp_path / "root")


@pytest.mark.parametrize(
    ("path", "flags"),
    [
        ("AGENTS.md", ("instructions",)),
        ("sub/claude.MD", ("instructions",)),
        (".cursor/rules/x.mdc", ("instructions",)),
        (".github/workflows/ci.yml", ("ci",)),
        ("mono/pkg/.github/workflows/ci.yml", ("ci",)),
        (".gitlab-ci.yml", ("ci",)),
        (".git/hooks/pre-commit", ("git-hook", "git-internal")),
        (".GIT/config", ("git-internal",)),
        (".husky/pre-push", ("git-hook",)),
        (".satchel/policy.json", ("policy",)),
        ("src/workflows/ci.yml", ()),
        ("README.md", ()),
    ],
)
def test_flags_by_path(path: str, flags: tuple[str, ...]) -> None:
    assert change_flags(path, None, None, None) == flags


@pytest.mark.parametrize(
    ("target", "outside"),
    [("/etc/passwd", True), ("../../x", True), ("../x", False), ("y", False), ("a/../../..", True)],
)
def test_links_that_lead_outside_are_flagged(target: str, outside: bool) -> None:
    assert ("link-outside" in change_flags("d/l", None, None, target)) is outside


async def test_a_new_executable_is_flagged(project: Project) -> None:
    project.files.set_mode("b", 0o755)
    [change] = (await project.changeset(Patient())).changes
    assert change.flags == ("executable",)


@pytest.mark.parametrize("kind", ["zip", "tar"])
async def test_an_export_imported_again_is_the_same_tree(
    project: Project, tmp_path: Path, kind: ArchiveKind
) -> None:
    files = project.files
    files.write_bytes("\u00fc \U0001f9f3/new\\file", b"n")
    files.set_mode("b", 0o755)
    files.remove_file("a")
    files.remove_file("l")
    files.make_symlink("l", "b")
    files.make_directory("empty/dir", create_parents=True)
    source = await open_archive(f"out.{kind}", write_archive(project, kind), Patient())
    again = open_project(tmp_path / "again")
    plan = await plan_import(source, ImportOptions(), Patient(), quiet)
    await run_import(plan, again, quiet, Patient())
    await source.close()
    assert plan.refused == ()
    assert tree(again.workspace_directory) == tree(project.workspace_directory)
    assert again.files.stat("empty/dir").kind == "directory"


async def test_an_export_of_accepted_changes_only(project: Project, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        write_archive(project, "zip", ["a"])
    project.files.write_bytes("a", b"accepted")
    project.files.write_bytes("b", b"rejected")
    project.files.rename("twin", "moved")
    await project.changeset(Patient())
    source = await open_archive("x.tar", write_archive(project, "tar", ["a", "moved"]), Patient())
    assert await source.read("a") == b"accepted"
    assert await source.read("b") == b"b\n"
    assert await source.read("moved") == b"twin\n"
    with pytest.raises(NotFoundError):
        await source.read("twin")
    await source.close()


@pytest.mark.host_only("the browser stores no such names")
async def test_a_zip_says_which_name_it_cannot_hold(project: Project) -> None:
    project.files.write_bytes("\udcff", b"")
    with pytest.raises(ArchiveError, match=r"\\xff"):
        write_archive(project, "zip")
    assert write_archive(project, "tar")
