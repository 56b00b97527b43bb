import { spawnSync } from 'node:child_process';
import { type Fence, placeOf } from './fences.ts';

/** Compiles each block, and says which names of the package and of a task it uses that there are not. */
const CHECK = `
import ast, json, sys
known = json.loads(sys.argv[1])
for place, text in json.load(sys.stdin):
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        print(f"{place}: {error}")
        continue
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            if node.attr not in known[node.value.id]:
                print(f"{place}: {node.value.id}.{node.attr} does not exist")
`;

/** What the Python package itself says that it has. */
const NAMES = `
import json, lockstep
from lockstep.task.context import Context
fields = ["run_id", "attempt", "rank", "world_size", "local_rank", "local_world_size", "master_address", "master_port"]
print(json.dumps({"lockstep": dir(lockstep), "task": [*dir(Context), *fields]}))
`;

const env = { ...process.env, PYTHONPATH: 'python', PYTHONDONTWRITEBYTECODE: '1' };

/** What is wrong with blocks of Python; nothing if all of them compile and use what there is. */
export function pythonProblems(fences: readonly Fence[]): readonly string[] {
  const names = spawnSync('python3', ['-c', NAMES], { env, encoding: 'utf8' });
  if (names.status !== 0) throw new Error(names.stderr);
  const input = JSON.stringify(fences.map((fence) => [placeOf(fence), fence.text]));
  const { stdout, stderr, status } = spawnSync('python3', ['-c', CHECK, names.stdout], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}
