;; Sleeps as many milliseconds as it is told.
(func (export "_start")
  (i64.store (i32.const 2064) (i64.const 1))
  (i64.store (i32.const 2072) (i64.mul (i64.extend_i32_u (call $number)) (i64.const 1000000)))
  (call $check (call $poll_oneoff (i32.const 2048) (i32.const 3072) (i32.const 1) (i32.const 8)) (i32.const 1)))
