/** The reasons of those calls that failed, and the results of those that did not. */
export async function race<T>(contenders: number, contend: (index: number) => Promise<T>) {
  const outcomes = await Promise.allSettled(Array.from({ length: contenders }, (_, index) => contend(index)));
  return {
    won: outcomes.filter((one) => one.status === 'fulfilled').map((one) => one.value),
    lost: outcomes.filter((one) => one.status === 'rejected').map((one) => one.reason as Error),
  };
}
