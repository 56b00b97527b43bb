import { describe } from 'vitest';
import { memoryBarrier } from '#adapters/memory/memory-barrier.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import { memoryQueue } from '#adapters/memory/memory-queue.ts';
import { barrierStoreSuite } from './barrier-store.ts';
import { controlStoreSuite } from './control-store.ts';
import { gangQueueSuite } from './gang-queue.ts';
import { memberStoreSuite } from './member-store.ts';

const [control, members, barriers, queue] = [memoryControl(), memoryMembers(), memoryBarrier(), memoryQueue()];

describe('the control store in memory', () => controlStoreSuite(() => control));
describe('the member store in memory', () => memberStoreSuite(() => members));
describe('the barrier store in memory', () => barrierStoreSuite(() => barriers));
describe('the gang queue in memory', () => gangQueueSuite(() => queue));
