;; Becomes `exit 7`, with its output closed before.
(data (i32.const 4096) "/workspace/exit")
(data (i32.const 4200) "exit\007\00")
(func (export "_start")
  (drop (call $exec (i32.const 4096) (i32.const 15) (i32.const 4200) (i32.const 7) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (call $proc_exit (i32.const 99)))
