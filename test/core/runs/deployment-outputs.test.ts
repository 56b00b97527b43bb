import { describe, expect, it } from 'vitest';
import { OUTPUTS } from '#core/names.ts';
import { deploymentIn } from '#core/runs/deployment-outputs.ts';

const outputs = (prefix = '') =>
  Object.fromEntries(OUTPUTS.map((name) => [`${prefix}${name}`, `${prefix || 'own'} ${name}`]));

describe('the deployment of a stack', () => {
  it('is found by the names of its outputs, also behind the id of a construct', () => {
    expect(deploymentIn('S', outputs())).toEqual(outputs());
    const found = deploymentIn('S', { Website: 'https://…', ...outputs('PlatformTraining') });
    expect(Object.keys(found)).toEqual([...OUTPUTS]);
    expect(found.BucketName).toBe('PlatformTraining BucketName');
  });

  it('has the name of the stack where an older one does not say its own', () => {
    const { DeploymentName: _, ...older } = outputs();
    expect(deploymentIn('S', older).DeploymentName).toBe('S');
  });

  it('is refused where it is not whole, by the name of what is missing', () => {
    const { LockstepTableName: _, ...rest } = outputs('Lockstep');
    expect(() => deploymentIn('S', rest)).toThrow(
      /expected the output LockstepTableName of S, got LockstepDeploymentName/,
    );
    expect(() => deploymentIn('S', {})).toThrow('expected the output BucketName of S, got no outputs');
  });

  it('is refused where there are two', () => {
    const two = { ...outputs('A'), ...outputs('B') };
    expect(() => deploymentIn('S', two)).toThrow('got outputs of several: ATrainingWorkflowArn, BTrainingWorkflowArn');
  });
});
