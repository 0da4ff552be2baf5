;; Writes as many lines of 1 KiB as it is told, each of one letter: that of its first argument's last digit.
(func (export "_start") (local $left i32) (local $at i32)
  (local.set $left (call $number))
  (local.set $at (i32.const 65536))
  (loop $fill
    (i32.store8 (local.get $at) (i32.add (i32.const 97) (i32.rem_u (local.get $left) (i32.const 10))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $fill (i32.lt_u (local.get $at) (i32.const 66559))))
  (i32.store8 (i32.const 66559) (i32.const 10))
  (loop $next
    (call $write (i32.const 1) (i32.const 65536) (i32.const 1024))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $next (local.get $left))))
