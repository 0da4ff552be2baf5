;; Writes as many KiB of `y` lines as it is told; 0: for ever.
(func (export "_start") (local $at i32) (local $left i32)
  (local.set $left (call $number))
  (local.set $at (i32.const 65536))
  (loop $fill
    (i32.store16 (local.get $at) (i32.const 0x0a79))
    (local.set $at (i32.add (local.get $at) (i32.const 2)))
    (br_if $fill (i32.lt_u (local.get $at) (i32.const 131072))))
  (if (i32.eqz (local.get $left)) (then (loop $ever (call $write (i32.const 1) (i32.const 65536) (i32.const 65536)) (br $ever))))
  (loop $next
    (call $write (i32.const 1) (i32.const 65536) (i32.const 1024))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $next (local.get $left))))
