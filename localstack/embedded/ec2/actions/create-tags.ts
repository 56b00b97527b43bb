import { Ec2Error } from '../query/ec2-error.ts';
import { groups, text, texts } from '../query/params.ts';
import type { Action } from '../world.ts';

/** CreateTags on instances: adds or overwrites. */
export const createTags: Action = ({ params }, { lifecycle }) => {
  const instances = texts(params, 'ResourceId').map((id) => {
    const instance = lifecycle.instances.get(id);
    if (instance === undefined) throw new Ec2Error('InvalidID', `The ID '${id}' is not valid`);
    return instance;
  });
  for (const instance of instances) {
    for (const tag of groups(params, 'Tag')) instance.currentTags.set(text(tag, 'Key') ?? '', text(tag, 'Value') ?? '');
  }
  return { return: true };
};
