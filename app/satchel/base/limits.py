"""Every limit of the program, with its default. Nothing else names these figures."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class WorkspaceLimits:
    """What a workspace may hold. Sizes in bytes."""

    total_bytes: int = 512 * MIB
    warn_bytes: int = 384 * MIB
    file_bytes: int = 256 * MIB
    files: int = 50_000
    archive_ratio: int = 200
    path_bytes: int = 4096
    name_bytes: int = 255
    symlink_depth: int = 40


@dataclass(frozen=True, slots=True)
class ToolLimits:
    """What one tool call may read, scan and return. Sizes in bytes unless said otherwise."""

    read_bytes: int = MIB
    inline_output_bytes: int = MIB
    glob_scanned: int = 20_000
    grep_files: int = 20_000
    grep_matches: int = 5_000
    grep_file_bytes: int = MIB
    preview_characters: int = 20_000
    command_timeout_ms: int = 120_000
    command_longest_ms: int = 3_600_000


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What one process may use. Seconds, bytes and counts; 0 seconds means no limit.

    `memory_bytes` is the size a module's memory may grow to, `total_memory_bytes` what all of them may take together;
    `processes` counts all that are alive on one host.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 512 * MIB
    total_memory_bytes: int = 1024 * MIB
    output_bytes: int = 64 * MIB
    open_files: int = 1024
    file_bytes: int = 256 * MIB
    processes: int = 16


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """How far one turn may go: model requests, and seconds for the whole turn (0 = no limit)."""

    max_steps: int = 50
    wall_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits together, parsed once from the settings and handed down."""

    workspace: WorkspaceLimits = WorkspaceLimits()
    tool: ToolLimits = ToolLimits()
    process: ProcessLimits = ProcessLimits()
    turn: TurnLimits = TurnLimits()
