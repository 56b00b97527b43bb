import { expect, it } from 'vitest';
import { classify } from '#core/fleet/classify.ts';

/** The error classes of EC2 launches, code by code. */
const CODES = {
  capacity: [
    'InsufficientInstanceCapacity',
    'InsufficientHostCapacity',
    'InsufficientReservedInstanceCapacity',
    'InsufficientCapacity',
    'SpotMaxPriceTooLow',
    'MaxSpotInstanceCountExceeded',
    'UnfulfillableCapacity',
    'ReservationCapacityExceeded',
    'Unsupported',
  ],
  quota: ['VcpuLimitExceeded', 'InstanceLimitExceeded'],
  throttle: ['RequestLimitExceeded', 'Throttling'],
  transient: ['InternalError', 'Unavailable', 'ServiceUnavailable'],
  config: [
    'InvalidParameterValue',
    'InvalidParameterCombination',
    'InvalidAMIID.NotFound',
    'InvalidAMIID.Malformed',
    'InvalidSubnetID.NotFound',
    'InvalidLaunchTemplateId.NotFound',
    'IdempotentParameterMismatch',
  ],
  auth: ['UnauthorizedOperation', 'AuthFailure'],
  unknown: ['', 'SomethingNew', 'Insufficient', 'insufficientinstancecapacity', 'PendingVerification', 'constructor'],
};

it.each(Object.entries(CODES))('takes as %s what is, and nothing else', (failure, codes) => {
  expect(codes.map((code) => [code, classify(code)])).toEqual(codes.map((code) => [code, failure]));
});
