/**
 * Preloaded (`node --import`) into a prepare command: a script finds the packages of Lockstep where it has none
 * of its own.
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
