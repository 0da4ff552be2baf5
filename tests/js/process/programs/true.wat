;; Ends at once.
(func (export "_start"))
