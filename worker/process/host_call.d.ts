/** Types that every host call handler sees. */

import type { MountTable } from '../fs/resolver.js';
import type { Ahead } from './ahead.js';
import type { AccessTable } from './access_table.js';
import type { FdTable } from './fd_table.js';
import type { OpenFile } from './open_file.js';

export type AccessKind = 'read' | 'write' | 'exec' | 'net';

/** A process, as far as the file calls care. */
export interface Process {
  readonly pid: number;
  readonly fds: FdTable;
  /** File mode creation mask. */
  umask: number;
  /** Guest path. */
  cwd: string;
  /** The policy as data; replaced whole. */
  access: AccessTable;
  readonly limits: { readonly fileBytes: number };
  /** The guest's name space. */
  readonly root: MountTable;
  /** What `/dev/tty` opens. */
  readonly terminal?: OpenFile | undefined;
  /** Guest path of the program, for `/proc/self/exe`. */
  readonly program?: string | undefined;
  readonly argv?: readonly string[] | undefined;
  readonly parent?: number | undefined;
  /** Ask whoever decides; false, or a rejection, is a no. */
  decide(kind: AccessKind, subject: string): Promise<boolean>;
  /** Note what the process asked for and did not get; `errno` is the errno's name. */
  audit(kind: AccessKind, subject: string, errno: string): void;
}

/** A question that has to be answered before a call can go on. */
export interface Question {
  kind: AccessKind;
  subject: string;
  /** Kind and subject. */
  key: string;
  answer: Promise<boolean>;
}

/** One host call under way. Made once per process and reused. */
export interface HostCall {
  readonly process: Process;
  /** The block's words (`WORD` of wire.js). */
  readonly words: Int32Array;
  /** The block's data, 8-aligned; may be shared memory. */
  readonly data: Uint8Array;
  /** The same bytes; made when first needed. */
  view?: DataView;
  /** Set by a handler that returns PENDING because the policy says `ask`; `dispatch` takes it. */
  question?: Question | undefined;
  /** Where it walks, as far as it stats and as far as it opens files. */
  statsAhead?: Ahead;
  filesAhead?: Ahead;
  /** What was answered with yes, for this one call. */
  granted?: Set<string> | undefined;
  /** Whether the process was ended meanwhile. */
  cancelled(): boolean;
  /** Ends a call whose handler returned PENDING; never call it for one that returned a number. */
  finish(errno: number): void;
  /** The same for what is no answer: the process ends. */
  fail(error: unknown): void;
}

/** Serves one operation: an errno, or PENDING when `call.finish` comes later. May throw an FsError. */
export type Handler = (call: HostCall) => number;
