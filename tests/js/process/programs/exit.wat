;; Ends with the status it is told.
(func (export "_start") (call $proc_exit (call $number)))
