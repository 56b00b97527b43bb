import { describe, expect, it } from 'vitest';
import { refusal } from '../../../cli/dashboard/guard.ts';

const DOOR = { port: 8123, token: 'secret' };
const ASKED = { host: '127.0.0.1:8123', origin: undefined, token: 'secret', isPublic: false };

describe('the door of the dashboard', () => {
  it('lets in who has the token, from this machine', () => {
    expect(refusal(ASKED, DOOR)).toBeUndefined();
    expect(refusal({ ...ASKED, host: 'localhost:8123', origin: 'http://localhost:8123' }, DOOR)).toBeUndefined();
  });

  it('gives the page itself to anybody on this machine, and nothing of a run', () => {
    expect(refusal({ ...ASKED, token: undefined, isPublic: true }, DOOR)).toBeUndefined();
    for (const token of [undefined, '', 'secre', 'secret ', 'SECRET']) {
      expect(refusal({ ...ASKED, token }, DOOR)).toMatchObject({ status: 401 });
    }
  });

  it('refuses names that were made to point here, and other sites, whatever they know', () => {
    for (const host of [undefined, 'evil.example:8123', '127.0.0.1', '127.0.0.1:80', '127.0.0.1.evil.example:8123']) {
      expect(refusal({ ...ASKED, host, isPublic: true }, DOOR)).toMatchObject({ status: 403 });
    }
    expect(refusal({ ...ASKED, origin: 'https://evil.example' }, DOOR)).toMatchObject({ status: 403 });
    expect(refusal({ ...ASKED, origin: 'null' }, DOOR)).toMatchObject({ status: 403 });
  });
});
