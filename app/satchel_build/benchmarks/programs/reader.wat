;; Reads its input to the end, in blocks of at most 64 KiB, and fails if that was not BLOCKS such blocks.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (func (export "_start") (local $seen i64)
    (i32.store (i32.const 0) (i32.const 65536))
    (i32.store (i32.const 4) (i32.const 65536))
    (loop $more
      (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
      (local.set $seen (i64.add (local.get $seen) (i64.load32_u (i32.const 8))))
      (br_if $more (i32.load (i32.const 8))))
    (if (i64.ne (local.get $seen) (i64.mul (i64.const BLOCKS) (i64.const 65536))) (then unreachable))))
