;; Ways to end badly, and modules that cannot be started. One module a part; the parts are separated by lines of ";; ---- NAME".

;; ---- unreachable
(module (memory (export "memory") 1) (func (export "_start") unreachable))

;; ---- out-of-bounds
(module (memory (export "memory") 1) (func (export "_start") (drop (i32.load (i32.const 65536)))))

;; ---- divide-by-zero
(module (memory (export "memory") 1) (func (export "_start") (drop (i32.div_s (i32.const 1) (i32.const 0)))))

;; ---- bad-table-call
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (func (export "_start") (call_indirect (i32.const 0))))

;; ---- stack-overflow
(module
  (memory (export "memory") 1)
  (func $deeper (param i32) (result i32) (i32.add (local.get 0) (call $deeper (i32.add (local.get 0) (i32.const 1)))))
  (func (export "_start") (drop (call $deeper (i32.const 0)))))

;; ---- spin
(module (memory (export "memory") 1) (func (export "_start") (loop $again (br $again))))

;; ---- spin-in-start
(module (memory (export "memory") 1) (func $spin (loop $again (br $again))) (start $spin) (func (export "_start")))

;; ---- grow-to-the-limit
;; Ends with the number of pages it got, in units of 16.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (call $exit (i32.shr_u (memory.size) (i32.const 4)))))

;; ---- flood
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\10\00\00\00\00\00\01\00")
  (func (export "_start")
    (loop $again
      (br_if $again (i32.eqz (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))))

;; ---- exit-code
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const 42)) unreachable))

;; ---- trap-in-start
(module (memory (export "memory") 1) (func $bad unreachable) (start $bad) (func (export "_start")))

;; ---- returns
(module (memory (export "memory") 1) (func (export "_start")))

;; ---- import-of-javascript
(module
  (import "env" "eval" (func $eval (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $eval (i32.const 0) (i32.const 0)))))

;; ---- import-of-a-global-object
(module
  (import "js" "globalThis" (global $it externref))
  (memory (export "memory") 1)
  (func (export "_start")))

;; ---- import-of-a-prototype-property
(module
  (import "wasi_snapshot_preview1" "constructor" (func $constructor (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $constructor (i32.const 0)))))

;; ---- import-of-prototype-as-module
(module
  (import "__proto__" "toString" (func $f (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $f))))

;; ---- import-of-memory
(module (import "env" "memory" (memory 1)) (func (export "_start")))

;; ---- import-with-another-type
(module
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i64) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $close (i64.const 3)))))

;; ---- import-of-a-later-version
(module
  (import "satchel_process_v2" "spawn" (func $spawn (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $spawn (i32.const 3)))))

;; ---- no-start
(module (memory (export "memory") 1))

;; ---- no-memory
(module (func (export "_start")))

;; ---- start-with-parameters
(module (memory (export "memory") 1) (func (export "_start") (param i32)))

;; ---- start-is-no-function
(module (memory (export "memory") 1) (global (export "_start") i32 (i32.const 0)))

;; ---- leaves-its-mark
;; Looks for anything that is not zero in 8 MiB of memory that it never wrote, and ends with 1 if there is; then fills it.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 64)
  (func (export "_start") (local $at i32)
    (drop (memory.grow (i32.const 64)))
    (loop $next
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (call $exit (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.shl (memory.size) (i32.const 16)))))
    (memory.fill (i32.const 0) (i32.const 0xaa) (i32.shl (memory.size) (i32.const 16)))))

;; ---- hog
;; Takes 25 MiB and keeps them for a second, in a hundred calls.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $left i32)
    (drop (memory.grow (i32.const 400)))
    (i32.store (i32.const 16) (i32.const 1))
    (i64.store (i32.const 24) (i64.const 10000000))
    (local.set $left (i32.const 100))
    (loop $again
      (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
