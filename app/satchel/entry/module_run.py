"""What both halves of `satchel wasi` know: how much a developer's own module may use."""

from __future__ import annotations

from satchel.base.limits import MIB, ProcessLimits

_NO_CAP = 1 << 50

# It writes to the developer's own terminal and files, and is stopped by the developer; only memory is still bounded.
MODULE_LIMITS = ProcessLimits(
    memory_bytes=4096 * MIB, total_memory_bytes=8192 * MIB, output_bytes=_NO_CAP, file_bytes=_NO_CAP
)
