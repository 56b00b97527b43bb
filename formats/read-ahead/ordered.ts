import { invariant } from '#core/errors.ts';

/**
 * Applies `work` to each item with at most `depth` in work at once, and yields the results in the order of the items:
 * prefetch and pipelining with bounded memory. An error ends it once what is in work has settled.
 */
export async function* ordered<In, Out>(
  items: Iterable<In> | AsyncIterable<In>,
  depth: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out, void, void> {
  const inWork: Promise<Out>[] = [];
  try {
    for await (const item of items) {
      inWork.push(started(work(item)));
      if (inWork.length >= depth) yield await next(inWork);
    }
    while (inWork.length > 0) yield await next(inWork);
  } finally {
    await Promise.allSettled(inWork);
  }
}

function next<Out>(inWork: Promise<Out>[]): Promise<Out> {
  const first = inWork.shift();
  invariant(first, 'nothing is in work');
  return first;
}

/** Its rejection is met when its turn comes; until then it must not count as unhandled. */
function started<Out>(work: Promise<Out>): Promise<Out> {
  work.catch(() => {});
  return work;
}
