import type { Gaps } from './gap.ts';

/** LocalStack core 2026.3.0 with DynamoDB Local. */
export const LOCALSTACK: Gaps = {};
