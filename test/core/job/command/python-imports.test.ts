import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pythonImports } from '#core/job/command/python-imports.ts';

const SOURCE = `"""Trains.

import this_in_a_text
"""
import os, sys as system
import pkg.model as model; import utils
from pkg.data import (
    load,  # the first
    save as store,
)
from helpers import a, b
from . import near
from ..far import away
try:
    import fast
except ImportError:
    from slow import *
def later():
    from lazy import thing
if system: import inline
important = 3
`;

/** What Python itself finds in the source. */
const PYTHON = `
import ast, json, sys
found = set()
for node in ast.walk(ast.parse(sys.stdin.read())):
    if isinstance(node, ast.Import):
        found.update(one.name for one in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        found.add(node.module)
        found.update(node.module + "." + one.name for one in node.names if one.name != "*")
print(json.dumps(sorted(found)))
`;

describe('the modules that a Python source imports by name', () => {
  it("are those that Python's own parser finds, and what stands in a text", () => {
    const parsed = JSON.parse(execFileSync('python3', ['-c', PYTHON], { input: SOURCE, encoding: 'utf8' }));
    expect([...pythonImports(SOURCE)].sort()).toEqual([...parsed, 'this_in_a_text'].sort());
  });

  it('are none in a source that imports none', () => {
    expect(pythonImports('x = 1\nprint("from a import b")\n')).toEqual([]);
  });
});
