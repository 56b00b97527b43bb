import { publishedName } from '#core/job/remote.ts';
import { checkPublished, notPublished } from '#flows/runs/published-models.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { CommandContext } from '../commands/context.ts';
import type { Home } from '../home.ts';
import { type KeptModel, latestKept, listKeptModels } from './kept-models.ts';
import { offerKept } from './offer-kept.ts';

/**
 * Sees to it that the cloud has the model that a job calls `published:<name>`: a local one gets it from what this machine
 * keeps. LS_MODEL_UNREADABLE where nothing is published under the name; another kind of model is left alone.
 */
export async function readyModel(
  cloud: Cloud,
  model: string,
  { home, interrupt }: Pick<CommandContext, 'home' | 'interrupt'>,
): Promise<void> {
  const name = publishedName(model);
  if (name === undefined) return;
  if (cloud.fleetControlUrl === undefined) return await checkPublished(cloud, name);
  const kept = latestKept(home, name);
  if (kept !== undefined) await offerKept(cloud, kept, interrupt.signal);
  await checkPublished(cloud, name, keptNames(home));
}

/** The model that this machine keeps under a name. LS_MODEL_UNREADABLE where it keeps none. */
export function requireKept(home: Home, name: string): KeptModel {
  const kept = latestKept(home, name);
  if (kept === undefined) throw notPublished(name, keptNames(home));
  return kept;
}

const keptNames = (home: Home): readonly string[] => [
  ...new Set(listKeptModels(home).map(({ pointer }) => pointer.name)),
];
