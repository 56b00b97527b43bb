/**
 * A module of ours to be imported at run time in place of the package: where esbuild splits what it bundles, the import of a
 * CommonJS package has its default alone, and no class by its name.
 */
export { Upload } from '@aws-sdk/lib-storage';
