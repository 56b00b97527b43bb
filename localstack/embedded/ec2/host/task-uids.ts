/** Hosts of one machine that live at a time; one more has nobody left to run its tasks as. */
const COUNT = 1_000;

/** Users that tasks of this machine's hosts run as: each host has one for itself, so that whatever runs as it is its own. */
export interface TaskUids {
  /** Undefined where tasks run as whoever started the local cloud. */
  take(): number | undefined;
  release(uid: number | undefined): void;
}

/**
 * Deals out the user ids from `first` on; undefined or empty: none. Throws where `first` is no such number, and where this
 * process is not root and so cannot start anything as somebody else.
 */
export function taskUids(first: string | undefined): TaskUids {
  if (first === undefined || first === '') return { take: () => undefined, release() {} };
  const from = Number(first);
  if (!(Number.isInteger(from) && from > 0 && from < 2 ** 31)) {
    throw new Error(
      `expected LOCKSTEP_TASK_UIDS to be the first of ${COUNT} user ids that nobody uses, got "${first}"`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Error('LOCKSTEP_TASK_UIDS is for root alone: nobody else can start programs as another user');
  }
  const taken = new Set<number>();
  return {
    take() {
      const uid = Array.from({ length: COUNT }, (_, index) => from + index).find((one) => !taken.has(one));
      if (uid === undefined) throw new Error(`the ${COUNT} user ids from ${from} on are all taken by hosts`);
      taken.add(uid);
      return uid;
    },
    release: (uid) => void (uid !== undefined && taken.delete(uid)),
  };
}
