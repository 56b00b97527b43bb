import { ROW_ACTIONS, ROW_CLASSES, type RowPolicy } from '#core/job/row-policy.ts';

const BECOMES = {
  fail: 'fail the run',
  null: 'are kept without a prediction',
  drop: 'are left out',
  deadLetter: 'are set aside',
} as const;

/** What becomes of rows that cannot be predicted, for people. */
export function policyLines(policy: RowPolicy): readonly string[] {
  const { toleratedRows, toleratedRowFraction } = policy;
  const actions = ROW_ACTIONS.flatMap((action) => {
    const classes = ROW_CLASSES.filter((one) => policy[one] === action);
    return classes.length === 0 ? [] : [`${classes.join(', ')} ${BECOMES[action]}`];
  });
  const most = toleratedRows === undefined ? '' : `${toleratedRows.toLocaleString('en')} rows, or `;
  const share = `${Number((100 * toleratedRowFraction).toPrecision(6))} % of them`;
  return [`  rows that fail: ${actions.join('; ')}; more than ${most}${share} fail the run`];
}
