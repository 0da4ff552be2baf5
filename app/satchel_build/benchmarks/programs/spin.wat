;; Computes for ever and makes no call.
(module
  (memory (export "memory") 1)
  (func (export "_start") (loop $again (br $again))))
