;; Reads back, in one process, what it wrote into a pipe of its own, and prints how much that was.
(func (export "_start")
  (call $check (call $pipe (i32.const 16) (i32.const 20)) (i32.const 90))
  (call $write (i32.load (i32.const 20)) (i32.const 65536) (i32.const 12345))
  (call $check (call $fd_close (i32.load (i32.const 20))) (i32.const 91))
  (call $print (call $read (i32.load (i32.const 16)) (i32.const 65536))))
