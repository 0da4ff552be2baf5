;; Prints how many bytes come on its standard input.
(func (export "_start") (local $sum i32) (local $count i32)
  (loop $next
    (local.set $count (call $read (i32.const 0) (i32.const 65536)))
    (local.set $sum (i32.add (local.get $sum) (local.get $count)))
    (br_if $next (local.get $count)))
  (call $print (local.get $sum)))
