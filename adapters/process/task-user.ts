import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Whom tasks run as: a user of this machine that owns nothing else, so that whatever runs as it is a task's. */
export interface TaskUser {
  /** As it was named: a name, or the number itself. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);

/**
 * The user of a name or, where nobody has to know it, of a number, whose group has the same number. Throws if there is no
 * such user, if it is root, or if this process is not root and so cannot start anything as somebody else.
 */
export async function findTaskUser(name: string): Promise<TaskUser> {
  if (process.getuid?.() !== 0) {
    throw new Error(`tasks can run as ${name} only if the agent runs as root, got uid ${process.getuid?.()}`);
  }
  const user = /^\d+$/.test(name) ? { name, uid: Number(name), gid: Number(name) } : await lookUp(name);
  if (user.uid === 0) throw new Error(`expected a user other than root for tasks, got ${name}`);
  return user;
}

async function lookUp(name: string): Promise<TaskUser> {
  const ask = async (what: string) => {
    const { stdout } = await run('id', [what, name]).catch((cause: unknown) => {
      throw new Error(`expected the user ${name}, as whom tasks shall run, on this machine: id does not know it`, {
        cause,
      });
    });
    return Number(stdout);
  };
  return { name, uid: await ask('-u'), gid: await ask('-g') };
}

/** Gives files and folders to the user, with all that is below them; links are given, not what they lead to. */
export async function giveTo({ uid, gid }: TaskUser, paths: readonly string[]): Promise<void> {
  await run('chown', ['-hR', `${uid}:${gid}`, '--', ...paths]);
}

/** What `spawn` needs to start a program as the user, without any other group; nothing where there is no user. */
export const asUser = (user: TaskUser | undefined): { uid?: number; gid?: number } =>
  user === undefined ? {} : { uid: user.uid, gid: user.gid };
