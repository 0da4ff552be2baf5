;; Starts itself for ever without waiting; leaves with the errno of the first start that is refused.
(data (i32.const 4096) "/workspace/bomb")
(data (i32.const 4200) "bomb\00")
(func (export "_start") (local $errno i32)
  (loop $again
    (local.set $errno (call $spawn (i32.const 4096) (i32.const 15) (i32.const 4200) (i32.const 5) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 48)))
    (br_if $again (i32.eqz (local.get $errno))))
  (call $proc_exit (local.get $errno)))
