;; Takes memory until it gets no more, and prints how many pages it has.
(func (export "_start")
  (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
  (call $print (memory.size)))
