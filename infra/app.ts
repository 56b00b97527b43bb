/**
 * The CDK app. Context: `deployment` names the stack, `platform` is what native code in the Lambda assets is for,
 * `sources` are names of buckets that may be read, separated by commas, `alarms` is the ARN of an SNS topic that is told of
 * alarms, `network` is `isolated` or `nat`, `zones` are names of zones, separated by commas, `image` is the SSM parameter of the
 * hosts' image, `streams` are names of streams, separated by commas, `key` is the ARN of a KMS key for everything that is kept, `diskKey` that of one for disks alone, `cache` is the folder that keeps what was built.
 */
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { bundle } from './bundle.ts';
import { cacheFolder } from './cache-folder.ts';
import { parseAccess } from './gang-network.ts';
import { formatPlatform, LAMBDA_PLATFORM, parsePlatform } from './platform.ts';
import { LockstepStack } from './stack.ts';

const app = new App({ analyticsReporting: false, treeMetadata: false });
const context = (key: string, otherwise: string): string => String(app.node.tryGetContext(key) ?? otherwise);
const platform = parsePlatform(context('platform', formatPlatform(LAMBDA_PLATFORM)));

const alarms = context('alarms', '');
const image = context('image', '');
const key = context('key', '');
const diskKey = context('diskKey', '');
const listed = (key: string) => context(key, '').split(',').filter(Boolean);
const [parameters, secrets] = [listed('parameters'), listed('secrets')];
const streams = listed('streams');
const zones = listed('zones');
new LockstepStack(app, context('deployment', 'Lockstep'), {
  description: 'Lockstep: gang-scheduled GPU training and Arrow inference',
  sources: listed('sources'),
  ...(parameters.length + secrets.length > 0 && { secrets: { parameters, secrets } }),
  ...(streams.length > 0 && { streams }),
  ...(alarms !== '' && { alarmTopicArn: alarms }),
  ...(key !== '' && { encryptionKey: key }),
  ...(diskKey !== '' && { diskKey }),
  ...(image !== '' && { imageParameter: image }),
  network: { access: parseAccess(context('network', 'isolated')), ...(zones.length > 0 && { zones }) },
  bundle: await bundle(fileURLToPath(new URL('..', import.meta.url)), {
    platform,
    cache: context('cache', cacheFolder()),
  }),
});
app.synth();
