import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { resumeRun } from '#flows/runs/resume-run.ts';
import { openFound, openStack } from '../cloud/choose.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { findClouds } from '../cloud/cloud-file.ts';
import { loadAssets } from '../dashboard/assets.ts';
import { type ListedRun, newFeed } from '../dashboard/feed.ts';
import { cloudLogs } from '../dashboard/logs.ts';
import type { Actions } from '../dashboard/routes.ts';
import { startDashboard } from '../dashboard/server.ts';
import type { Home } from '../home.ts';
import { STOPS } from '../interrupt.ts';
import { resumedText } from '../output/resumed-text.ts';
import { cancelIn } from '../run/cancel-in.ts';
import type { CommandContext } from './context.ts';
import { forgetResult, type KeptRun, keptState, listKept, reportPath } from './kept-run.ts';

export interface DashboardFlags {
  readonly port?: number;
}

/** `lockstep dashboard`: a live page over the clouds that are up, or a stack, until Ctrl-C. */
export async function dashboard({ port }: DashboardFlags, context: CommandContext): Promise<void> {
  const { home, interrupt, screen, print, json } = context;
  interrupt.means(STOPS);
  const clouds = cloudsOf(context);
  const served = await startDashboard({
    assets: loadAssets(),
    feed: newFeed({ clouds, kept: () => listKept(home).map(listed) }),
    logs: cloudLogs(clouds),
    actions: actionsIn(clouds, home),
    report: (runId) => {
      const path = reportPath(join(home.runs, runId));
      return existsSync(path) ? { type: 'text/html; charset=utf-8', body: readFileSync(path) } : undefined;
    },
    ...(port !== undefined && { port }),
  });
  try {
    print(json ? JSON.stringify({ ok: true, url: served.url }) : served.url);
    screen.say('The dashboard is open at this address, on this machine alone. Ctrl-C ends it.');
    await interrupted(interrupt.signal);
  } finally {
    await served.close();
  }
}

/** In whichever cloud knows the run. */
function actionsIn(clouds: () => Promise<readonly Cloud[]>, home: Home): Actions {
  const inFirst = async (act: (cloud: Cloud) => Promise<string | undefined>) => {
    for (const cloud of await clouds()) {
      const said = await act(cloud);
      if (said !== undefined) return said;
    }
    return undefined;
  };
  return {
    cancel: (runId) => inFirst((cloud) => cancelIn(cloud, runId, { by: 'the dashboard', home })),
    resume: (runId) =>
      inFirst(async (cloud) => {
        const run = await resumeRun(cloud, runId);
        if (run === undefined) return undefined;
        // What is kept of its end here is not its end any more.
        forgetResult(home, runId);
        return resumedText(run);
      }),
  };
}

/** The deployments that answer now. Connections are made once for each: a page asks every second. */
function cloudsOf({ choice, home }: CommandContext): () => Promise<readonly Cloud[]> {
  if (choice.stack !== undefined || choice.outputs !== undefined) {
    const stack = openStack(choice);
    return async () => [stack];
  }
  let open: ReadonlyMap<string, Cloud> = new Map();
  return async () => {
    const found = await findClouds(home);
    open = new Map(found.map((one) => [one.folder, open.get(one.folder) ?? openFound(one)]));
    return [...open.values()];
  };
}

function listed(run: KeptRun): ListedRun {
  const { runId, kind, result, at } = run;
  const base = { runId, kind: kind === 'infer' ? 'infer' : 'train', job: runId, startedAt: at } as const;
  const line = { ...base, state: keptState(run), history: result?.history ?? [] };
  if (result === undefined) return line;
  const failure = result.ok ? {} : { failure: { code: result.code, message: result.message } };
  return { ...line, report: `/api/runs/${runId}/report`, ...failure };
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const end = () => {
      const reason = signal.reason as LockstepError;
      if (reason instanceof LockstepError && reason.code === 'LS_CANCELLED') done();
      else fail(reason);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
