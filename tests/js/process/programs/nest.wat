;; Starts itself with the next smaller number down to 0 and waits for it; its status is how deep that went.
(data (i32.const 4096) "/workspace/nest")
(func (export "_start") (local $depth i32) (local $start i32) (local $length i32)
  (local.set $depth (call $number))
  (if (i32.eqz (local.get $depth)) (then (call $proc_exit (i32.const 0))))
  (local.set $start (call $digits (i32.sub (local.get $depth) (i32.const 1)) (i32.const 0)))
  (local.set $length (i32.sub (i32.const 1056) (local.get $start)))
  ;; argv at 5000: "n", then the number.
  (i32.store16 (i32.const 5000) (i32.const 0x6e))
  (memory.copy (i32.const 5002) (local.get $start) (local.get $length))
  (call $check (call $spawn (i32.const 4096) (i32.const 15) (i32.const 5000) (i32.add (i32.const 2) (local.get $length))
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 48)) (i32.const 99))
  (call $proc_exit (i32.add (i32.const 1) (i32.shr_u (call $wait_for (i32.load (i32.const 48))) (i32.const 8)))))
