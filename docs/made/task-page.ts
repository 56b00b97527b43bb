import { interfaceIn, type Member } from './declarations.ts';
import { code, madePage, markdownTable } from './markdown.ts';

/** What a task in TypeScript uses. `read` gives a source of gpu-agent/sdk/. */
export function taskPage(read: (name: string) => string): string {
  const context = interfaceIn(read('context.ts'), 'TaskContext');
  const saved = interfaceIn(read('checkpoint.ts'), 'Checkpoints');
  const shard = interfaceIn(read('shards.ts'), 'ShardData');
  const body = `\`\`\`ts
import { run } from 'lockstep/task';

await run(async (task) => {
  console.log(\`rank \${task.rank} of \${task.worldSize}\`);
});
\`\`\`

\`run\` calls the function with this task's place in the gang, and ends the process with what came of it. In a project of its
own the package is \`@lockstep/task\`.

## task
${context.about}

${memberTable(context.members)}

## task.checkpoint
${memberTable(saved.members)}

## A shard
${shard.about}

${memberTable(shard.members)}`;
  return madePage('Tasks in TypeScript', 'gpu-agent/sdk', body);
}

const memberTable = (members: readonly Member[]): string =>
  markdownTable(
    ['', ''],
    members.map(({ signature, about }) => [code(signature), about]),
  );
