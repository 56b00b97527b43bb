/** The settings that the launch template's user data hands to the agent of a host. */
export interface AgentConfig {
  /** Where the agent bundle is: `s3://bucket/key.zip`. */
  readonly agentAsset: string;
  readonly table: string;
  readonly bucket: string;
  readonly deployment: string;
  readonly region: string;
  /** Undefined in user data of an earlier version. */
  readonly agentRole: string | undefined;
}

const BLOCK = /^# lockstep-agent-config-begin\n([\s\S]*?)^# lockstep-agent-config-end$/m;

/**
 * Finds the agent's settings in user data: the JSON object between the lines `# lockstep-agent-config-begin` and
 * `# lockstep-agent-config-end`, which a bash script holds in a here-document. Undefined if there is no such block.
 * Throws if there is one that is not complete, because such a host would come up without an agent.
 */
export function agentConfig(userDataBase64: string | undefined): AgentConfig | undefined {
  const script = Buffer.from(userDataBase64 ?? '', 'base64').toString('utf8');
  const block = BLOCK.exec(script)?.[1];
  if (block === undefined) return undefined;
  const json = block.slice(block.indexOf('{'), block.lastIndexOf('}') + 1);
  const settings = JSON.parse(json) as Record<string, unknown>;
  const text = (name: string): string => {
    const value = settings[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new Error(`the agent settings in the user data have no "${name}": ${json}`);
  };
  return {
    agentAsset: assetUri(settings.agentAsset as Record<string, unknown> | undefined) ?? text('agentAsset'),
    table: text('table'),
    bucket: text('bucket'),
    deployment: text('deployment'),
    region: text('region'),
    agentRole: settings.agentRole === undefined ? undefined : text('agentRole'),
  };
}

/** The asset may be given as `{ bucket, key }` too. */
function assetUri(asset: Record<string, unknown> | undefined): string | undefined {
  return typeof asset?.bucket === 'string' ? `s3://${asset.bucket}/${String(asset.key)}` : undefined;
}
