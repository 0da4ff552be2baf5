"""`satchel run`: one task, reported to the terminal, ended in order by Ctrl-C, a signal or a reader that is gone."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

from satchel.base.errors import InputError
from satchel.entry.exit_status import ExitStatus
from satchel.entry.headless import RunOptions, run_task
from satchel.entry.run_report import RunReporter
from satchel.entry.settings import Settings

_SIGNALS = {signal.SIGINT: ExitStatus.INTERRUPTED, signal.SIGTERM: ExitStatus.TERMINATED}


async def main(options: argparse.Namespace, settings: Settings) -> int:
    """Do what the command line asks for and give the exit status. Raises SatchelError."""
    return await _run(_run_options(options), settings)


async def _run(options: RunOptions, settings: Settings) -> ExitStatus:
    """The task, until it is done or told to end. It is told once: what it does then must not be cut short."""
    task = asyncio.current_task()
    assert task is not None
    told: list[ExitStatus] = []

    def end(status: ExitStatus) -> None:
        if not told:
            told.append(status)
            task.cancel()

    loop = asyncio.get_running_loop()
    for number, status in _SIGNALS.items():
        loop.add_signal_handler(number, end, status)
    reporter = RunReporter(sys.stdout, sys.stderr, lambda: end(ExitStatus.NOT_READ), jsonl=options.jsonl)
    watched = sys.stdout.isatty() and not options.jsonl
    try:
        return await run_task(options, settings, reporter, watched=watched)
    except (asyncio.CancelledError, Exception):
        if not told:
            raise
    if told[0] is ExitStatus.NOT_READ:
        _forget_output()
    else:
        reporter.note("satchel: ended before the task was done")
    return told[0]


def _forget_output() -> None:
    """Let what is still in the buffers go nowhere, so that the interpreter does not complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _run_options(options: argparse.Namespace) -> RunOptions:
    task = sys.stdin.read() if options.task == "-" else options.task
    if not task.strip():
        raise InputError(
            "run.empty_task", "The task is empty.", 'Say what to do, for example: satchel run … "fix typos".'
        )
    return RunOptions(
        project=options.project,
        task=task,
        engine=options.engine,
        model=options.model,
        commit=options.commit,
        patch=options.patch,
        jsonl=options.jsonl,
        allow=tuple(options.allow),
        max_steps=options.max_steps,
    )
