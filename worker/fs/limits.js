/**
 * Limits of the workspace file system: every default in one place.
 *
 * Sizes are in bytes. A limit that is hit gives an errno (ENOSPC, EFBIG, ENAMETOOLONG, ELOOP), never a crash.
 */

/**
 * @typedef {object} Limits
 * @property {number} totalBytes     bytes of file content the store may hold (ENOSPC beyond)
 * @property {number} warnBytes      from here on the user is warned
 * @property {number} fileBytes      size of one file (EFBIG beyond)
 * @property {number} inodes         files, directories and symlinks together (ENOSPC beyond)
 */

const MIB = 1024 * 1024;

/** @type {Readonly<Limits>} */
export const DEFAULT_LIMITS = Object.freeze({
  totalBytes: 512 * MIB,
  warnBytes: 384 * MIB,
  fileBytes: 256 * MIB,
  inodes: 50_000,
});

/** Longest name of one directory entry, in bytes of UTF-8. */
export const NAME_MAX = 255;
/** Longest path, in bytes of UTF-8 and counting the terminating NUL a C caller needs. */
export const PATH_MAX = 4096;
/** Symbolic links followed in one resolution before ELOOP. */
export const SYMLOOP_MAX = 40;
/** Most hard links to one file. */
export const LINK_MAX = 65_000;

/** Owner and group of everything: the guest user. */
export const GUEST_UID = 1000;
export const GUEST_GID = 1000;
