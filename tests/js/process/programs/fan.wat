;; Starts as many copies of `lines 300` as it is told, all writing to its own output, then waits for all; its status is how many
;; of them ended with 0, or 100 + the errno of a start that was refused.
(data (i32.const 4096) "/workspace/lines")
(data (i32.const 4200) "lines\00300\00")
(data (i32.const 4300) "\01\00\00\00\01\00\00\00")
(func (export "_start") (local $count i32) (local $left i32) (local $good i32) (local $errno i32)
  (local.set $count (call $number))
  (local.set $left (local.get $count))
  (loop $next
    (local.set $errno (call $spawn (i32.const 4096) (i32.const 16) (i32.const 4200) (i32.const 10) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 4300) (i32.const 1) (i32.const 0) (i32.const 48)))
    (if (local.get $errno) (then (call $proc_exit (i32.add (i32.const 100) (local.get $errno)))))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $next (local.get $left)))
  (loop $each
    (local.set $good (i32.add (local.get $good) (i32.eqz (call $wait_for (i32.const -1)))))
    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    (br_if $each (local.get $count)))
  (call $proc_exit (local.get $good)))
