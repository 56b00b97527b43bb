/**
 * What an agent does, in the order of precedence. Of several control writes in one step only the first is made; the
 * others are asked for again when its result is known.
 */
import type { Rule } from '../turn.ts';
import { pass, refuse } from './answer.ts';
import { arrive } from './arrive.ts';
import { joinAndReport, rejectHost } from './join.ts';
import { direct, preempted } from './notice.ts';
import { poll } from './poll.ts';
import { restartTogether } from './restart.ts';
import { finish, raiseTheAlarm, runTogether } from './run.ts';
import { beat, hint, tellWorkflow } from './signal.ts';
import { nameEarlyExit } from './spread.ts';
import { sealRoster, startTasks } from './start.ts';
import { stopTasks } from './stop.ts';
import { suspect } from './suspect.ts';

/** An agent that belongs to its gang. */
export const RULES: readonly Rule[] = [
  pass,
  refuse,
  stopTasks,
  raiseTheAlarm,
  arrive,
  startTasks,
  joinAndReport,
  rejectHost,
  sealRoster,
  restartTogether,
  runTogether,
  finish,
  nameEarlyExit,
  preempted,
  direct,
  suspect,
  hint,
  tellWorkflow,
  beat,
  poll,
];
