;; Computes for ever.
(func (export "_start") (loop $again (br $again)))
