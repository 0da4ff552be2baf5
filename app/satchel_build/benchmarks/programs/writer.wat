;; Writes BLOCKS blocks of 64 KiB to its output.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (func (export "_start") (local $left i64)
    (local.set $left (i64.mul (i64.const BLOCKS) (i64.const 65536)))
    (i32.store (i32.const 0) (i32.const 65536))
    (loop $more
      (i32.store (i32.const 4) (i32.wrap_i64
        (select (local.get $left) (i64.const 65536) (i64.lt_u (local.get $left) (i64.const 65536)))))
      (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
      (local.set $left (i64.sub (local.get $left) (i64.load32_u (i32.const 8))))
      (br_if $more (i64.gt_s (local.get $left) (i64.const 0))))))
