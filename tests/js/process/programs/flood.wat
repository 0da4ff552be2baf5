;; Writes as many blocks of 64 KiB as it is told.
(func (export "_start") (local $left i32)
  (local.set $left (call $number))
  (loop $next
    (call $write (i32.const 1) (i32.const 65536) (i32.const 65536))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $next (local.get $left))))
