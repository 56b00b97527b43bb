import { fateOf } from '../faults.ts';
import { type LaunchSpec, newId, type PoolMarket } from '../instance.ts';
import { Ec2Error } from '../query/ec2-error.ts';
import { flag, group, groups, type Params, text } from '../query/params.ts';
import type { Action, Call, FleetWorld, LaunchOutcome } from '../world.ts';
import { instanceTags, launchSpec, refuseDryRun } from './launch-spec.ts';

/**
 * CreateFleet of type `instant`. A shortage is not an error of the call: it answers 200 with fewer instances, none if
 * MinTargetCapacity was not reached, and the reasons in `Errors`.
 */
export const createFleet: Action = (call, world) => {
  const { id, instances, errors } = world.tokens.once(call, () => launch(call, world));
  const byPool = Map.groupBy(instances, (one) => `${one.type} ${one.zone} ${one.market}`);
  return {
    fleetId: id,
    fleetInstanceSet: [...byPool.values()].map((members) => ({
      launchTemplateAndOverrides: { overrides: override(members[0] as LaunchSpec) },
      lifecycle: members[0]?.market,
      instanceIds: members.map((one) => one.id),
      instanceType: members[0]?.type,
    })),
    errorSet: errors.map(({ code, message, pool }) => ({
      launchTemplateAndOverrides: { overrides: { instanceType: pool.split('/')[0] } },
      lifecycle: pool.split('/')[2],
      errorCode: code,
      errorMessage: message,
    })),
  };
};

interface Target {
  readonly total: number;
  readonly market: PoolMarket;
  readonly minimum: number;
  readonly singleZone: boolean;
  readonly singleType: boolean;
}

function launch({ params, fault }: Call, world: FleetWorld): LaunchOutcome {
  const target = readTarget(params);
  const specs = overrides(params, target.market, world);
  refuseDryRun(params);
  const short = fault?.kind === 'short' ? fault.by : 0;
  const { picks, errors } = pick(specs, { ...target, total: target.total - short }, world);
  const reached = picks.reduce((sum, [, count]) => sum + count, 0);
  const kept = reached >= target.minimum ? picks : [];
  return {
    id: newId('fleet'),
    instances: kept.flatMap(([spec, count]) => world.lifecycle.launch(spec, count, fateOf(fault))),
    errors: reached >= target.total ? [] : errors.length > 0 ? errors : specs.slice(0, 1).map(unfulfillable),
  };
}

function readTarget(params: Params): Target {
  if (text(params, 'Type') !== 'instant') {
    throw new Ec2Error('InvalidParameterValue', 'Only fleets of type instant are emulated.');
  }
  const capacity = group(params, 'TargetCapacitySpecification');
  const market = text(capacity, 'DefaultTargetCapacityType') === 'spot' ? 'spot' : 'on-demand';
  const options = group(params, market === 'spot' ? 'SpotOptions' : 'OnDemandOptions');
  const total = Number(text(capacity, 'TotalTargetCapacity'));
  const minimum = Number(text(options, 'MinTargetCapacity') ?? '0');
  const singleZone = flag(options, 'SingleAvailabilityZone');
  const singleType = flag(options, 'SingleInstanceType');
  if (minimum > 0 && !singleZone && !singleType) {
    throw new Ec2Error(
      'InvalidParameterCombination',
      'MinTargetCapacity requires SingleAvailabilityZone or SingleInstanceType.',
    );
  }
  if (!Number.isInteger(total) || total < 1 || minimum > total) {
    throw new Ec2Error('InvalidTargetCapacitySpecification', `Invalid capacity: total ${total}, minimum ${minimum}.`);
  }
  return { total, market, minimum, singleZone, singleType };
}

function overrides(params: Params, market: PoolMarket, world: FleetWorld): readonly LaunchSpec[] {
  const tags = instanceTags(params);
  const clientToken = text(params, 'ClientToken');
  return groups(params, 'LaunchTemplateConfigs').flatMap((config) => {
    const template = group(config, 'LaunchTemplateSpecification');
    const all = groups(config, 'Overrides');
    return (all.length > 0 ? all : [{}]).map((one) =>
      launchSpec(
        {
          template,
          type: text(one, 'InstanceType'),
          subnetId: text(one, 'SubnetId'),
          zone: text(one, 'AvailabilityZone') ?? text(one, 'Placement', 'AvailabilityZone'),
          market,
          tags,
          clientToken,
        },
        world,
      ),
    );
  });
}

/** How many of which: the first group of pools, by the Single options, that can supply most of the target. */
function pick(specs: readonly LaunchSpec[], target: Target, { pools }: FleetWorld) {
  const groupKey = (spec: LaunchSpec) => `${target.singleZone ? spec.zone : ''}/${target.singleType ? spec.type : ''}`;
  const plans = [...Map.groupBy(specs, groupKey).values()].map((members) => fill(members, target.total, pools));
  const best = plans.toSorted((a, b) => b.reached - a.reached)[0];
  const errors = plans.flatMap((plan) => plan.errors);
  return { picks: best?.picks ?? [], errors: best !== undefined && best.reached >= target.total ? [] : errors };
}

function fill(specs: readonly LaunchSpec[], total: number, pools: FleetWorld['pools']) {
  const picks: [spec: LaunchSpec, count: number][] = [];
  const errors: { code: string; message: string; pool: string }[] = [];
  let reached = 0;
  for (const spec of specs) {
    const missing = total - reached;
    if (missing === 0) break;
    try {
      pools.demand(spec, missing);
      picks.push([spec, missing]);
      reached = total;
    } catch (error) {
      if (!(error instanceof Ec2Error)) throw error;
      errors.push({ code: error.code, message: error.message, pool: `${spec.type}/${spec.zone}/${spec.market}` });
      const some = error.code === 'InsufficientInstanceCapacity' ? pools.free(spec) : 0;
      if (some > 0) picks.push([spec, some]);
      reached += some;
    }
  }
  return { picks, errors, reached };
}

function override(spec: LaunchSpec) {
  return { instanceType: spec.type, subnetId: spec.subnetId, availabilityZone: spec.zone };
}

function unfulfillable(spec: LaunchSpec) {
  return {
    code: 'UnfulfillableCapacity',
    message: 'Unable to fulfill capacity due to your request configuration.',
    pool: `${spec.type}/${spec.zone}/${spec.market}`,
  };
}
