import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { dynamoRecordClaims } from '#adapters/aws/dynamo-record-claims.ts';

/** A table in which the first so many transactions meet another one. */
function busyTable(conflicts: number) {
  let sent = 0;
  const send = async () => {
    if (sent++ >= conflicts) return {};
    const CancellationReasons = [{ Code: 'TransactionConflict' }, { Code: 'None' }];
    throw new TransactionCanceledException({ $metadata: {}, message: 'busy', CancellationReasons });
  };
  return { claims: dynamoRecordClaims({ send } as unknown as DynamoDBClient, 'table', 'flowers'), sent: () => sent };
}

const holdings = [
  { key: 'a', fence: 1 },
  { key: 'b', fence: 1 },
];

it('finishes records with a transaction that met others, once they are through', async () => {
  const { claims, sent } = busyTable(2);
  expect(await claims.finish(holdings, 'here')).toEqual([]);
  expect(sent()).toBe(3);
});

it('says that the table is busy where that does not end, and not that the records are lost', async () => {
  const { claims, sent } = busyTable(Number.POSITIVE_INFINITY);
  await expect(claims.finish(holdings, 'here')).rejects.toMatchObject({ code: 'LS_UNAVAILABLE' });
  expect(sent()).toBe(6);
});
