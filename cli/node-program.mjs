import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Lockstep and everything that it starts run on this Node or a newer one. */
export const NODE_MAJOR = 24;

/** The optional package that brings a Node where the machine's own is older. */
export const NODE_PACKAGE = `node-${process.platform}-${process.arch}`;

/** Path of a Node that is new enough: this one, or that of NODE_PACKAGE; undefined where there is neither. */
export function nodeProgram() {
  if (isNewEnough()) return process.execPath;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${NODE_PACKAGE}/package.json`)), 'bin', 'node');
  } catch {
    return undefined;
  }
}

/** True if this process runs on a Node that is new enough. */
export const isNewEnough = () => Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;

/** What to say where nodeProgram() finds none. */
export const noNode = () =>
  `Lockstep needs Node ${NODE_MAJOR}; this is ${process.version}, and the package ${NODE_PACKAGE}, which brings one, is ` +
  'not installed. Use a newer Node, or install the packages again without `--omit=optional`.';
