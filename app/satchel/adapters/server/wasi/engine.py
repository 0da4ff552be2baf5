"""The WebAssembly engine of a host: compiling, instantiating and running modules whose imports are our own functions.

One wasmtime engine and one linker serve all processes; which process a host call comes from is told by the thread it
comes on. The raw (`unchecked`) callbacks of wasmtime's C interface are used, through wasmtime-py's generated bindings:
its public trampoline costs several times as much for each call. Exceptions never pass through wasm frames: a call that
ends its process returns a trap, and the process itself remembers why (wasmtime-py has one last exception for all
threads).

A guest that computes is interrupted by the epoch: `interrupt` makes every running guest call `on_epoch` of its own
process, on its own thread, at its next loop or call.
"""

from __future__ import annotations

import ctypes
import re
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import wasmtime
from wasmtime import _bindings as ffi

from satchel.adapters.server.wasi.guest_memory import GuestMemory
from satchel.wasi.abi import MODULES, Call, Errno
from satchel.wasi.errors import WasiError, from_host
from satchel.wasi.program_image import is_module

MAX_WASM_STACK: Final = 4 << 20
THREAD_STACK: Final = 8 << 20
_MEMORY_RESERVATION: Final = 4 << 30

HostCall: TypeAlias = Callable[..., "Errno | int | None"]


class Guest(Protocol):
    """What the engine needs of the process that a module runs in."""

    memory: GuestMemory

    @property
    def memory_limit(self) -> int:
        """Bytes its memory may grow to."""

    def enter_call(self) -> None:
        """Called before each host call. Raises GuestEndError when the process is to end."""

    def on_epoch(self) -> bool:
        """Called on its own thread after `interrupt`; False ends it."""

    def fail_call(self, error: BaseException) -> None:
        """A host call met a bug of ours; the process ends."""


class GuestEndError(Exception):
    """Unwinds a host call of a process that is over: it exits, becomes another program, or was killed."""


class TrapError(Exception):
    """The guest's code trapped. `stack` says whether its stack was used up."""


class UnusableModuleError(Exception):
    """The bytes are no module that can be run here; the text says why."""


class Program:
    """A compiled module, ready to be instantiated often. Its imports are all known."""

    def __init__(self, engine: GuestEngine, module: wasmtime.Module) -> None:
        for reason in _unusable(module):
            raise UnusableModuleError(reason)
        self.module = module
        memory = next(one.type for one in module.exports if one.name == "memory")
        self.initial_bytes = memory.limits.min * _PAGE_BYTES if isinstance(memory, wasmtime.MemoryType) else 0
        pre = ctypes.POINTER(ffi.wasmtime_instance_pre_t)()
        error = ffi.wasmtime_linker_instantiate_pre(engine.linker.ptr(), module.ptr(), ctypes.byref(pre))
        _raise_unusable(error)
        self.pre = pre

    def __del__(self) -> None:
        pre = getattr(self, "pre", None)
        if pre:
            ffi.wasmtime_instance_pre_delete(pre)


class GuestEngine:
    """Compiles and runs. `calls` implements every function of `abi.MODULES`, by module and name."""

    def __init__(self, calls: Mapping[str, Mapping[str, HostCall]]) -> None:
        config = wasmtime.Config()
        config.epoch_interruption = True
        config.wasm_exceptions = True
        config.wasm_threads = False
        config.wasm_memory64 = False
        config.wasm_multi_memory = False
        config.wasm_component_model = False
        # Not used, but must not be smaller than the stack.
        ffi.wasmtime_config_async_stack_size_set(config.ptr(), THREAD_STACK)
        config.max_wasm_stack = MAX_WASM_STACK
        config.memory_may_move = False
        config.memory_reservation = _MEMORY_RESERVATION
        self._engine = wasmtime.Engine(config)
        self.linker = wasmtime.Linker(self._engine)
        self._local = threading.local()
        self._on_epoch = _EPOCH_CALLBACK(self._epoch)
        self._callbacks: list[object] = []
        for module, definitions in MODULES.items():
            for call in definitions:
                self._define(module, call, calls[module][call.name])

    def compile(self, wasm: bytes) -> Program:
        """Compile a module. Raises UnusableModuleError."""
        if not is_module(wasm):  # else wasmtime would read it as the text format
            raise UnusableModuleError("it is no WebAssembly module")
        try:
            return Program(self, wasmtime.Module(self._engine, wasm))
        except wasmtime.WasmtimeError as error:
            raise UnusableModuleError(_last_line(str(error))) from error

    def load(self, code: bytes) -> Program:
        """A program from what `wasmtime.Module.serialize` gave. Raises UnusableModuleError for another version's."""
        try:
            return Program(self, wasmtime.Module.deserialize(self._engine, code))
        except wasmtime.WasmtimeError as error:
            raise UnusableModuleError(_last_line(str(error))) from error

    def interrupt(self) -> None:
        """Make every guest that computes call its process's `on_epoch` soon."""
        self._engine.increment_epoch()

    def run(self, program: Program, guest: Guest) -> None:
        """Run `_start` on this thread to its end. Returns when it returns or when a host call ended it.

        Raises TrapError when the guest's code trapped, UnusableModuleError when it cannot be instantiated (memory).
        """
        self._local.guest = guest
        store = ffi.wasmtime_store_new(self._engine.ptr(), None, _NO_FINALIZER)
        try:
            ffi.wasmtime_store_limiter(store, guest.memory_limit, -1, -1, -1, -1)
            context = ffi.wasmtime_store_context(store)
            ffi.wasmtime_context_set_epoch_deadline(context, 1)
            ffi.wasmtime_store_epoch_deadline_callback(store, self._on_epoch, None, _NO_FINALIZER)
            self._start(program, guest, context)
        finally:
            self._local.guest = None
            ffi.wasmtime_store_delete(store)

    def _start(self, program: Program, guest: Guest, context: object) -> None:
        instance = ffi.wasmtime_instance_t()
        trap = ctypes.POINTER(ffi.wasm_trap_t)()
        memory = ffi.wasmtime_extern_t()
        error = ffi.wasmtime_instance_pre_instantiate(
            program.pre, context, ctypes.byref(instance), ctypes.byref(trap)
        )
        _raise_unusable(error)
        _raise_trap(trap)
        ffi.wasmtime_instance_export_get(context, ctypes.byref(instance), b"memory", 6, ctypes.byref(memory))
        reference = ctypes.byref(memory.of.memory)
        base = ctypes.cast(ffi.wasmtime_memory_data(context, reference), ctypes.c_void_p).value or 0
        guest.memory = GuestMemory(base, lambda: int(ffi.wasmtime_memory_data_size(context, reference)))
        start = ffi.wasmtime_extern_t()
        ffi.wasmtime_instance_export_get(context, ctypes.byref(instance), b"_start", 6, ctypes.byref(start))
        error = ffi.wasmtime_func_call_unchecked(
            context, ctypes.byref(start.of.func), None, 0, ctypes.byref(trap)
        )
        if bool(error):
            raise TrapError(_last_line(str(wasmtime.WasmtimeError._from_ptr(error))))
        _raise_trap(trap)

    def _epoch(
        self, _context: object, _data: object, delta: ctypes.Array[ctypes.c_uint64], _kind: object
    ) -> int:
        try:
            if self._local.guest.on_epoch():
                delta[0] = ctypes.c_uint64(1)
                return 0
        except BaseException as error:  # noqa: BLE001 - nothing may pass through wasm frames
            self._local.guest.fail_call(error)
        return _address(ffi.wasmtime_error_new(b"interrupted"))

    def _define(self, module: str, call: Call, function: HostCall) -> None:
        callback = _CALLBACK(_trampoline(self._local, call, function))
        self._callbacks.append(callback)
        kinds = {"i32": wasmtime.ValType.i32(), "i64": wasmtime.ValType.i64()}
        results = [wasmtime.ValType.i32()] if call.returns_errno else []
        kind = wasmtime.FuncType([kinds[parameter] for _, parameter in call.parameters], results)
        names = (module.encode(), len(module), call.name.encode(), len(call.name))
        raw = ctypes.cast(callback, ffi.wasmtime_func_unchecked_callback_t)
        error = ffi.wasmtime_linker_define_func_unchecked(
            self.linker.ptr(), *names, kind.ptr(), raw, None, _NO_FINALIZER
        )
        if bool(error):
            raise wasmtime.WasmtimeError._from_ptr(error)


_CALLBACK: Final = ctypes.CFUNCTYPE(
    ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
)
_EPOCH_CALLBACK: Final = ctypes.CFUNCTYPE(
    ctypes.c_size_t,
    ctypes.POINTER(ffi.wasmtime_context_t),
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(ffi.wasmtime_update_deadline_kind_t),
)
_NO_FINALIZER: Final = ctypes.cast(0, ctypes.CFUNCTYPE(None, ctypes.c_void_p))
_PAGE_BYTES: Final = 1 << 16
_ORDINAL: Final = re.compile(r"^\d+: ")


def _trampoline(
    local: threading.local, call: Call, function: HostCall
) -> Callable[[int, int, int, int], int]:
    """The raw callback of one host call: values in at `values`, one after another, the errno out at the same
    place."""
    kinds = ["I12x" if kind == "i32" else "Q8x" for _, kind in call.parameters]
    layout = struct.Struct("<" + "".join(kinds))
    unpack, size = layout.unpack, layout.size
    string_at, store_result = ctypes.string_at, ctypes.c_int32.from_address

    def callback(_data: int, _caller: int, values: int, _count: int) -> int:
        guest: Guest = local.guest
        try:
            guest.enter_call()
            result = function(guest, *unpack(string_at(values, size))) if size else function(guest)
            store_result(values).value = result or 0
        except WasiError as error:
            store_result(values).value = error.code
        except OSError as error:
            store_result(values).value = from_host(error)
        except GuestEndError:
            return _end()
        except BaseException as error:  # noqa: BLE001 - nothing may pass through wasm frames
            guest.fail_call(error)
            return _end()
        return 0

    return callback


def _end() -> int:
    """A new trap that unwinds the guest."""
    return _address(ffi.wasmtime_trap_new(b"end", 3))


def _address(pointer: object) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


def _raise_unusable(error: object) -> None:
    if error:
        text = str(wasmtime.WasmtimeError._from_ptr(error))  # type: ignore[arg-type]
        raise UnusableModuleError(_last_line(text))


def _raise_trap(trap: object) -> None:
    if trap:
        raise TrapError(_last_line(wasmtime.Trap._from_ptr(trap).message))  # type: ignore[arg-type]


def _last_line(text: str) -> str:
    """The cause itself, without the stack of wasm frames that is printed before it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _ORDINAL.sub("", lines[-1]).removeprefix("wasm trap: ") if lines else "unknown"


def _unusable(module: wasmtime.Module) -> Sequence[str]:
    """What keeps a module from being run as a program."""
    reasons = []
    for one in module.imports:
        known = MODULES.get(one.module)
        if known is None or all(call.name != one.name for call in known):
            reasons.append(f"it needs {one.module}.{one.name}, which does not exist here")
    exports = {one.name: one.type for one in module.exports}
    start = exports.get("_start")
    if not isinstance(start, wasmtime.FuncType):
        reasons.append("it has no function _start, so it is not a program but a library")
    # It is called without a check of its type.
    elif start.params or start.results:
        reasons.append("its function _start takes or gives something")
    if not isinstance(exports.get("memory"), wasmtime.MemoryType):
        reasons.append("it exports no memory")
    return reasons
