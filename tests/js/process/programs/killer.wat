;; Starts `spin`, sends it the signal it is told, and leaves with the wait status.
(data (i32.const 4096) "/workspace/spin")
(data (i32.const 4200) "spin\00")
(func (export "_start")
  (call $check (call $spawn (i32.const 4096) (i32.const 15) (i32.const 4200) (i32.const 5) (i32.const 0) (i32.const 0)
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 48)) (i32.const 91))
  (call $check (call $kill (i32.load (i32.const 48)) (call $number)) (i32.const 92))
  (call $proc_exit (call $wait_for (i32.load (i32.const 48)))))
