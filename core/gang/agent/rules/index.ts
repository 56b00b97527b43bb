/**
 * What an agent does, in the order of precedence. Of several control writes in one step only the first is made; the
 * others are asked for again when its result is known.
 */
import type { Rule } from '../turn.ts';
import { pass, refuse } from './answer.ts';
import { joinAndReport, rejectHost } from './join.ts';
import { look } from './look.ts';
import { meet } from './meet.ts';
import { direct, preempted } from './notice.ts';
import { finish, raiseTheAlarm, runTogether } from './run.ts';
import { beat, poke, tellWorkflow } from './signal.ts';
import { sealRoster, startTasks } from './start.ts';
import { stopTasks } from './stop.ts';
import { suspect } from './suspect.ts';

/** An agent that belongs to its gang. */
export const RULES: readonly Rule[] = [
  pass,
  refuse,
  stopTasks,
  raiseTheAlarm,
  meet,
  startTasks,
  joinAndReport,
  rejectHost,
  sealRoster,
  runTogether,
  finish,
  preempted,
  direct,
  suspect,
  poke,
  tellWorkflow,
  beat,
  look,
];
