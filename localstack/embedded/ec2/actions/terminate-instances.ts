import { STATE_CODES } from '../instance.ts';
import { USER_SHUTDOWN } from '../lifecycle.ts';
import { Ec2Error } from '../query/ec2-error.ts';
import { texts } from '../query/params.ts';
import type { Action } from '../world.ts';
import { stateXml } from './instance-xml.ts';
import { refuseDryRun } from './launch-spec.ts';
import { named, visible } from './visible.ts';

/** TerminateInstances: all of the ids or, if one is unknown, none. Terminating again is no error. */
export const terminateInstances: Action = ({ params }, world) => {
  if (texts(params, 'InstanceId').length === 0) {
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter InstanceId');
  }
  const instances = named(params, visible(world));
  refuseDryRun(params);
  return {
    instancesSet: instances.map((instance) => {
      const previous = { code: STATE_CODES[instance.state], name: instance.state };
      if (instance.state !== 'terminated') void world.lifecycle.terminate(instance, USER_SHUTDOWN);
      return { instanceId: instance.id, currentState: stateXml(instance), previousState: previous };
    }),
  };
};
