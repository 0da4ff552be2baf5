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
    turn: TurnLimits = TurnLimits()
