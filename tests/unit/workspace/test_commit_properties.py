"""Properties of a commit over generated projects, edits, outside edits and failures."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from satchel.adapters.memory.folder import MemoryFolder, MemoryTarget
from satchel.adapters.server.local_folder import LocalFolderTarget
from satchel.workspace.commit_target import CommitTarget, TargetFile
from satchel.workspace.errors import WorkspaceError
from satchel.workspace.project import Project
from tests.support.samples import examples
from tests.unit.workspace.projects import (
    Patient,
    folder_of,
    import_folder,
    open_project,
    quiet,
    tree,
)

PATHS = ["a", "b", "d", "d/a", "d/b", "d/e", "d/e/c", "x y", "\u00fc\n\"'\\", "\udcff", "z/z/z"]
CONTENTS: list[bytes | str] = [
    b"",
    b"one\n",
    b"two",
    b"\0binary",
    b"one\ntwo\n",
    "a",
    "../out",
    "d",
    "z",
    "/usr",
]
Tree = dict[str, tuple[bytes | str, int]]

contents = st.sampled_from(CONTENTS)
modes = st.sampled_from([0o644, 0o755])
edits = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "remove", "rename", "mode"]),
        st.sampled_from(PATHS),
        st.sampled_from(PATHS),
        contents,
        modes,
    ),
    max_size=8,
)
bases = st.dictionaries(st.sampled_from(PATHS), contents, max_size=7).map(
    lambda files: {
        path: files[path] for path in files if not any(other.startswith(path + "/") for other in files)
    }
)
quickly = settings(max_examples=examples(60), deadline=None)


def edit_project(project: Project, steps: list[tuple[str, str, str, bytes | str, int]]) -> None:
    """Do what can be done of the steps; an edit that does not apply is passed over."""
    files = project.files
    for action, path, other, content, mode in steps:
        with contextlib.suppress(WorkspaceError):
            if action == "write":
                if files.exists(path) or action == "remove":
                    files.remove_tree(path)
                if isinstance(content, bytes):
                    files.write_bytes(path, content)
                else:
                    files.make_symlink(path, content)
            elif action == "remove":
                files.remove_tree(path)
            elif action == "rename":
                files.rename(path, other)
            elif files.stat(path, follow=False).kind == "file":
                files.set_mode(path, mode)


@contextlib.contextmanager
def opened(base: dict[str, bytes | str]) -> Iterator[tuple[Project, MemoryFolder, Path]]:
    with tempfile.TemporaryDirectory() as place:
        project = open_project(Path(place) / "root")
        folder = folder_of(base)
        asyncio.run(import_folder(project, folder))
        yield project, folder, Path(place)


def write_out(folder: MemoryFolder, root: Path) -> None:
    for path in sorted(folder.directories):
        (root / path).mkdir(parents=True, exist_ok=True)
    for path, file in folder.files.items():
        if file.kind == "symlink":
            (root / path).symlink_to(file.link_target or "")
        else:
            (root / path).write_bytes(file.data)
            (root / path).chmod(file.mode or 0)


@pytest.mark.host_only("commits to directories of this machine")
@quickly
@given(bases, edits)
def test_committing_everything_makes_the_trees_equal(base: dict[str, bytes | str], steps: list) -> None:
    with opened(base) as (project, folder, place):
        real = place / "real"
        real.mkdir()
        write_out(folder, real)
        edit_project(project, steps)

        async def run() -> None:
            changeset = await project.changeset(Patient())
            accepted = [change.path for change in changeset.changes]
            report = await project.commit(changeset, accepted, LocalFolderTarget(real), Patient(), quiet)
            assert report.conflicts == ()
            assert (await project.changeset(Patient())).changes == ()

        asyncio.run(run())
        assert tree(real) == tree(project.workspace_directory)
        assert tree(real) == tree(f"{project.storage.root}/base")


@quickly
@given(bases, edits, st.randoms(use_true_random=False))
def test_rejected_files_stay_as_they_are(base: dict[str, bytes | str], steps: list, chance) -> None:
    with opened(base) as (project, folder, _):
        edit_project(project, steps)
        before = dict(folder.files)

        async def run() -> None:
            changeset = await project.changeset(Patient())
            accepted = {change.path for change in changeset.changes if chance.random() < 0.5}
            report = await project.commit(changeset, accepted, MemoryTarget(folder), Patient(), quiet)
            if report.conflicts:
                assert folder.files == before
                return
            touched: set[str] = set()
            for change in changeset.changes:
                if change.path in accepted:
                    touched |= {change.path, change.old_path or change.path}
            for path in before.keys() | folder.files.keys():
                if path not in touched:
                    assert folder.files.get(path) == before.get(path), path
            left = await project.changeset(Patient())
            assert {change.path for change in left.changes} >= set(report.rejected)

        asyncio.run(run())


@quickly
@given(bases, edits, st.dictionaries(st.sampled_from(PATHS), st.none() | contents, max_size=4), st.booleans())
def test_outside_edits_always_survive(
    base: dict[str, bytes | str], steps: list, outside: dict[str, bytes | str | None], skip_conflicts: bool
) -> None:
    with opened(base) as (project, folder, _):
        edit_project(project, steps)
        imported = dict(folder.files)
        for path, content in outside.items():
            meddle(folder, path, content)
        theirs = {
            path: folder.files.get(path)
            for path in imported.keys() | folder.files.keys()
            if folder.files.get(path) != imported.get(path)
        }

        async def run() -> None:
            changeset = await project.changeset(Patient())
            accepted = [change.path for change in changeset.changes]
            before = dict(folder.files)
            report = await project.commit(
                changeset, accepted, MemoryTarget(folder), Patient(), quiet, skip_conflicts=skip_conflicts
            )
            if report.conflicts and not skip_conflicts:
                assert folder.files == before
            for path, file in theirs.items():
                assert same(folder.files.get(path), file), path

        asyncio.run(run())


def meddle(folder: MemoryFolder, path: str, content: bytes | str | None) -> None:
    """Edit the folder as somebody else would."""
    if path in folder.directories:
        return
    with contextlib.suppress(WorkspaceError):
        if content is None:
            folder.files.pop(path, None)
        elif isinstance(content, bytes):
            folder.put(path, content)
        else:
            folder.link(path, content)


def same(now: TargetFile | None, then: TargetFile | None) -> bool:
    """Equal in kind and content: the agent may add the executable bit to a file that was edited alike on both sides."""
    if now is None or then is None:
        return now is then
    return (now.kind, now.data, now.link_target) == (then.kind, then.data, then.link_target)


class Failing(MemoryTarget):
    """Fails once, at the n-th operation: before doing it, or after it was done."""

    def __init__(
        self, folder: MemoryFolder, fail_at: int, when: Literal["before", "after"], *, for_good: bool
    ) -> None:
        super().__init__(folder)
        self.left = fail_at
        self.when = when
        self.for_good = for_good
        self.failed = False

    def _count(self, when: str) -> None:
        if when == "before":
            self.left -= 1
        broken = self.left == 0 or (self.for_good and self.left < 0)
        if broken and when == self.when:
            self.failed = True
            raise WorkspaceError("injected failure")

    async def read(self, path: str) -> TargetFile | None:
        self._count("before")
        found = await super().read(path)
        self._count("after")
        return found

    async def write(self, path: str, data: bytes, mode: int) -> None:
        self._count("before")
        await super().write(path, data, mode)
        self._count("after")

    async def symlink(self, path: str, target: str) -> None:
        self._count("before")
        await super().symlink(path, target)
        self._count("after")

    async def remove(self, path: str) -> None:
        self._count("before")
        await super().remove(path)
        self._count("after")

    async def make_directory(self, path: str, mode: int) -> None:
        self._count("before")
        await super().make_directory(path, mode)
        self._count("after")

    async def remove_directory(self, path: str) -> bool:
        self._count("before")
        removed = await super().remove_directory(path)
        self._count("after")
        return removed


async def fail_everywhere(
    project: Project, folder: MemoryFolder, when: Literal["before", "after"], for_good: bool
) -> None:
    """Commit with a failure at the first operation, then at the second, until one commit gets through."""
    changeset = await project.changeset(Patient())
    accepted = [change.path for change in changeset.changes]
    files, made = dict(folder.files), dict(folder.directories)
    for fail_at in range(1, 500):
        target: CommitTarget = Failing(folder, fail_at, when, for_good=for_good)
        try:
            report = await project.commit(changeset, accepted, target, Patient(), quiet)
        except WorkspaceError:
            if for_good and project.interrupted_commit is not None:
                await project.put_back_interrupted_commit(MemoryTarget(folder))
            assert folder.files == files, fail_at
            assert folder.directories == made, fail_at
            assert project.interrupted_commit is None
        else:
            assert report.conflicts == ()
            assert (await project.changeset(Patient())).changes == ()
            return
    raise AssertionError("the commit never got through")


@settings(max_examples=examples(25), deadline=None)
@given(bases, edits, st.sampled_from(["before", "after"]), st.booleans())
@example({"a": "b"}, [("write", "a", "a", "../out", 0o644)], "before", True)
@example({"a": "b"}, [("write", "a", "a", b"one\n", 0o644)], "before", True)
@example({"a": b"one\n"}, [("write", "a", "a", "b", 0o644)], "before", True)
def test_a_failure_anywhere_leaves_the_folder_as_it_was(
    base: dict[str, bytes | str], steps: list, when: Literal["before", "after"], for_good: bool
) -> None:
    with opened(base) as (project, folder, _):
        edit_project(project, steps)
        asyncio.run(fail_everywhere(project, folder, when, for_good))
