/**
 * How a host call travels from a process to the agent worker: one block of 64 bytes of words and 64 KiB of data.
 *
 * The same block is used in both modes. With SharedArrayBuffer it is shared for the life of the process: the guest writes
 * words and data, sets STATE to REQUEST, rings the doorbell and waits on STATE. Without, its used part is copied into a
 * message on a port and the answer comes back as one. A process has at most one call under way.
 *
 * Structures in the data (fdstat, filestat, dirents, events…) have the guest's own layout (`generated/abi.js`), so the guest
 * side copies them without looking inside.
 */

/** Words of the block, by index into an Int32Array. */
export const WORD = Object.freeze({
  STATE: 0,
  OP: 1,
  /** Answer: a WASI errno. */
  ERRNO: 2,
  /** Bytes of data that belong to the request, then to the answer. */
  LENGTH: 3,
  /** Eight arguments, then results; an i64 takes two, low word first. */
  ARG: 4,
  /** Answer: the store's generation the answer is true of. */
  GENERATION: 12,
  /** Closes that the guest did not wait for: how many descriptors lie behind the request's data (4-aligned), as i32. Done before the call,
   * in their order. ~n stands for opening the nth of the files that came ahead. */
  CLOSES: 13,
  /** Answer to `path_open` and `path_filestat_get`: where in its data the entries begin that follow in the directory, 0 when there are
   * none. Each is a filestat, the lengths of its name and of its content as u32, name and content. */
  AHEAD: 14,
  /** Request: 1 when such entries are of use, which takes a generation. */
  WANTS_AHEAD: 15,
});

export const STATE = Object.freeze({ IDLE: 0, REQUEST: 1, REPLY: 2 });

export const WORDS_BYTES = 64;
export const DATA_BYTES = 65_536;
export const BLOCK_BYTES = WORDS_BYTES + DATA_BYTES;
/** Most content that the answer to `path_open` brings along, behind the 64 bytes of the filestat. */
export const OPEN_CONTENT_BYTES = 61_440;
/** Of an entry that was sent ahead: what lies before its name. */
export const AHEAD_HEAD_BYTES = 72;
/** Most closes that may be put off. */
export const MAX_CLOSES = 256;

/**
 * Host calls. `>` what goes out, `<` what comes back; a0… are arguments and results; `data` the block's data.
 * An i64 is written (lo, hi).
 */
export const OP = Object.freeze({
  // Descriptors: a0 is the fd in all of them.
  FD_ADVISE: 1, //            > a1,2 offset a3,4 length a5 advice
  FD_ALLOCATE: 2, //          > a1,2 offset a3,4 length
  FD_CLOSE: 3,
  FD_DATASYNC: 4,
  FD_SYNC: 5,
  FD_FDSTAT_GET: 6, //        < data fdstat
  FD_FDSTAT_SET_FLAGS: 7, //  > a1 flags
  FD_FDSTAT_SET_RIGHTS: 8, // > a1,2 base a3,4 inheriting
  FD_FILESTAT_GET: 9, //      < data filestat
  FD_FILESTAT_SET_SIZE: 10, //  > a1,2 size
  FD_FILESTAT_SET_TIMES: 11, // > a1,2 atim a3,4 mtim a5 flags
  FD_READ: 12, //             > a1 most bytes (at most DATA_BYTES) < data
  FD_PREAD: 13, //            > a1 most bytes a2,3 offset < data
  FD_WRITE: 14, //            > data < a0 bytes written
  FD_PWRITE: 15, //           > a1,2 offset, data < a0 bytes written
  FD_PRESTAT_DIR_NAME: 16, // < data name; serves fd_prestat_get as well
  FD_READDIR: 17, //          > a1 most bytes a2,3 cookie < data dirents, the last one cut off at the limit
  FD_RENUMBER: 18, //         > a1 to
  FD_SEEK: 19, //             > a1,2 offset a3 whence < a0,1 new offset
  // Paths: a0 is the directory's fd, data the path (of two paths the first has the length in a7).
  PATH_OPEN: 32, //           > a1 lookupflags a2 oflags a3,4 rights base a5,6 inheriting a7 fdflags
  //                          < a0 fd a1 1 when it is a regular file that may be cached, 2 a device that never blocks; data filestat,
  //                            of a file with content from 0 behind; a2 the descriptor that is free next, -1 for none
  PATH_CREATE_DIRECTORY: 33,
  PATH_FILESTAT_GET: 34, //   > a1 lookupflags < data filestat
  PATH_FILESTAT_SET_TIMES: 35, // > a1 lookupflags a2,3 atim a4,5 mtim a6 flags
  PATH_LINK: 36, //           > a1 lookupflags a2 new directory's fd, two paths
  PATH_READLINK: 37, //       < data target
  PATH_REMOVE_DIRECTORY: 38,
  PATH_RENAME: 39, //         > a2 new directory's fd, two paths
  PATH_SYMLINK: 40, //        > two paths: target, then link
  PATH_UNLINK_FILE: 41,
  POLL_ONEOFF: 48, //         > a0 count, data subscriptions < a0 count, data events
  SOCK: 49, //                > a0 fd: the errno of any sock_* call on it
  // Ends of the process: no answer comes.
  PROC_EXIT: 56, //           > a0 code a1 signal that it raised itself, or 0
  PROC_RAISE: 57, //          > a0 signal; an answer comes when the signal does not end the process
  PROC_TRAP: 58, //           > data text of the trap
  // satchel_process_v1
  PROCESS_SPAWN: 64, //       > a0 flags a1 count of fd pairs a2 bytes that PROCESS_TEXT brought before; with those, data: i32 pairs,
  //                            then four strings each with a u32 length before: file, argv, env, cwd < a0 pid
  PROCESS_EXEC: 65, //        as PROCESS_SPAWN, without pairs; no answer on success
  PROCESS_WAIT: 66, //        > a0 pid a1 flags < a0 pid a1 status
  PROCESS_KILL: 67, //        > a0 pid a1 signal
  PROCESS_IDS: 68, //         < a0 pid a1 parent
  PROCESS_PIPE: 69, //        < a0 reader a1 writer a2 number of the ring in shared memory, -1 when it is not there
  PROCESS_DUP: 70, //         > a0 fd a1 minimum < a0 fd
  PROCESS_DUP_TO: 71, //      > a0 fd a1 to
  PROCESS_TEXT: 72, //        > a0 where in it; data: a part of what PROCESS_SPAWN or PROCESS_EXEC brings, when it does not fit there
  // satchel_fs_v1
  FS_FD_CHMOD: 80, //         > a0 fd a1 mode
  FS_PATH_CHMOD: 81, //       > a0 fd a1 lookupflags a2 mode, data path
  FS_PATH_ACCESS: 82, //      > a0 fd a1 lookupflags a2 mode, data path
  FS_UMASK: 83, //            > a0 mask < a0 previous
  FS_FD_LOCK: 84, //          > a0 fd a1 operation
  FS_FD_PATH: 85, //          > a0 fd < data path
  // satchel_net_v1
  NET_OPEN: 96, //            > a0 length of the request, data request and body < a0 handle
  NET_HEAD: 97, //            > a0 handle < data
  NET_READ: 98, //            > a0 handle a1 most bytes < data
  NET_CLOSE: 99, //           > a0 handle
  // satchel_tty_v1: a0 is the fd.
  TTY_IS: 112,
  TTY_SIZE: 113, //           < a0 rows a1 columns
  TTY_MODE_GET: 114, //       < a0 mode
  TTY_MODE_SET: 115, //       > a1 mode
});

/** What a handler gives when its answer comes later, through `call.finish`. */
export const PENDING = -1;
