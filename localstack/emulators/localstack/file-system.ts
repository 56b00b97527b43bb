import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DynamoDbLocal } from '../dynamodb-local/dynamodb-local.ts';

/** Lays out a folder as LocalStack's file system, with Java and DynamoDB Local where it would else download them to. */
export function layOut(root: string, { folder, javaHome }: DynamoDbLocal): string {
  const libraries = join(root, 'usr', 'lib', 'localstack');
  const target = join(libraries, 'dynamodb-local', '2');
  mkdirSync(join(libraries, 'java'), { recursive: true });
  cpSync(folder, target, { recursive: true });
  // The agent that LocalStack loads beside it is on no registry; the launcher can be loaded as one, and does nothing then.
  copyFileSync(join(target, 'DynamoDBLocal.jar'), join(target, 'ddb-local-loader-0.1.jar'));
  symlinkSync(javaHome, join(libraries, 'java', '21'));
  return root;
}
