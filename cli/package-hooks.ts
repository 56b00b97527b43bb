/**
 * Preloaded (`node --import`) into a prepare command: a script that lies outside of this clone finds the packages of the
 * clone where it has none of its own.
 */
import { registerHooks } from 'node:module';

const HERE = import.meta.url;

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (/^[./]|^[a-z]+:/.test(specifier)) throw error;
      return next(specifier, { ...context, parentURL: HERE });
    }
  },
});
