"""What `satchel run` keeps on this machine, below the state directory.

    runs/       the private state (sessions, projects) of each run; it goes with the run
    sessions/   the session logs of runs that are over
    patches/    changes that were not written to their folder

A run whose commit was cut off, or could not be put back, leaves its private state behind: in it is what putting the
folder back needs. The next run on that folder does it before anything else.
"""

from __future__ import annotations

import os
from pathlib import Path

from satchel.adapters.server.run_directories import RunDirectories, RunDirectory
from satchel.base.errors import InputError
from satchel.base.limits import Limits
from satchel.entry.compose import DEMO
from satchel.entry.run_report import RunReporter
from satchel.entry.server import build_service
from satchel.entry.settings import Settings
from satchel.permission.policy import Policy
from satchel.workspace.commit import kept_note
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.guest_path import shown
from satchel.workspace.project_layout import COMMIT_RECORD


class RunState:
    """The state directory of the command line. Raises InputError when it cannot be used."""

    def __init__(self, settings: Settings) -> None:
        state = settings.state
        self._settings = settings
        self.patches = state / "patches"
        self._sessions = state / "sessions"
        try:
            self._runs = RunDirectories(state / "runs")
            for directory in (self._sessions, self.patches):
                directory.mkdir(exist_ok=True, mode=0o700)
                if not os.access(directory, os.W_OK | os.X_OK):
                    raise PermissionError(13, "it cannot be written", str(directory))
        except OSError as error:
            raise _unusable(state, error) from error

    def begin(self) -> RunDirectory:
        """The private state of a new run. Raises InputError."""
        try:
            return self._runs.make()
        except OSError as error:
            raise _unusable(self._sessions.parent, error) from error

    def end(self, run: RunDirectory) -> bool:
        """Keep a run's session logs and remove the rest; false, with nothing removed, when a commit is unfinished."""
        if _has_unfinished_commit(run.path):
            run.leave()
            return False
        for log in (run.path / "sessions").glob("*.log"):
            log.replace(self._sessions / log.name)
        run.remove()
        return True

    async def tidy_up(self, target: CommitTarget, reporter: RunReporter) -> None:
        """Put back the commits to this folder that were cut off, and remove what runs that are over left.

        Raises WorkspaceError when the folder cannot be put back.
        """
        abandoned = self._runs.abandoned()
        while abandoned:
            run = abandoned.pop()
            try:
                if _has_unfinished_commit(run.path):
                    await _settle(self._settings, run.path, target, reporter)
            except BaseException:
                for left in (run, *abandoned):
                    left.leave()
                raise
            self.end(run)


def _has_unfinished_commit(run: Path) -> bool:
    return any(run.glob(f"projects/*/{COMMIT_RECORD}"))


async def _settle(settings: Settings, run: Path, target: CommitTarget, reporter: RunReporter) -> None:
    """Open a run's private state again, which finishes a commit whose folder is complete; put back one that is not."""
    policy = Policy(unattended=True)
    service = build_service(settings, run, model=DEMO, policy=policy, limits=Limits(), watched=False)
    await service.start()
    try:
        interrupted = service.interrupted_commit
        if interrupted is None:
            return
        if interrupted.damage:
            reporter.note(
                f"{shown(interrupted.damage)} It is in {run}: remove that once you compared your folder."
            )
        elif interrupted.identity == target.identity:
            report = await service.put_back(target)
            reporter.note(
                "An earlier commit to this folder had been cut off half way; it was put back first."
            )
            for note in () if report is None else kept_note(report):
                reporter.note(note)
    finally:
        await service.close()


def _unusable(state: Path, error: OSError) -> InputError:
    return InputError(
        "run.state",
        f"{state} cannot hold what a run keeps: {error.strerror or error}.",
        "Set SATCHEL_STATE to a folder that you can write to.",
    )
