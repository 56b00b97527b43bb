import type { Cooldown } from '#core/fleet/cooldown.ts';
import type { CooldownStore } from '#core/fleet/ports.ts';

/** Cool-downs in memory. */
export function memoryCooldowns(): CooldownStore {
  const stored = new Map<string, Cooldown>();
  return {
    read: async (pools) => new Map([...stored].filter(([pool]) => pools.includes(pool))),
    save: async (pool, cooldown) => void stored.set(pool, cooldown),
  };
}
