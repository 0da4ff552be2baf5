;; The least that a program can be.
(module
  (memory (export "memory") 1)
  (func (export "_start")))
