/** The constructs of Lockstep, for stacks of one's own. `Lockstep` shows how they fit together. */
export { type Bundle, type CodeAsset, publishedBundle } from './code-assets.ts';
export { DataBucket, type DataBucketProps, type ObjectGrant } from './data-bucket.ts';
export type { Deployment } from './deployment.ts';
export { DeploymentAlarms, type DeploymentAlarmsProps } from './deployment-alarms.ts';
export { DeploymentDashboard, type DeploymentDashboardProps } from './deployment-dashboard.ts';
export { EventTrigger, type EventTriggerProps } from './event-trigger.ts';
export { GangNetwork, type GangNetworkProps, type NetworkAccess } from './gang-network.ts';
export { GangTable, type GangTableProps, type TableAction } from './gang-table.ts';
export { GpuFleet, type GpuFleetProps, type TaskSecretsProps } from './gpu-fleet.ts';
export { InferenceWorkflow, type InferenceWorkflowProps } from './inference-workflow.ts';
export { Lockstep, type LockstepProps } from './lockstep.ts';
export { LAMBDA_PLATFORM, type Platform } from './platform.ts';
export { LockstepStack, type LockstepStackProps } from './stack.ts';
export { StreamInference, type StreamInferenceProps } from './stream-inference.ts';
export { TrainingWorkflow, type TrainingWorkflowProps } from './training-workflow.ts';
export { Warehouse, type WarehouseProps } from './warehouse.ts';
