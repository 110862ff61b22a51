import { describe, expect, test } from '@jest/globals';
import { knownEscapes } from './knownEscapes.ts';

describe('a part of the engine that lets containers out is named, with what to update it to', () => {
  test.each([
    ['runc', '1.1.5+ds1', ['CVE-2024-21626', 'CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881']],
    ['runc', '1.2.7', ['CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881']],
    ['runc', '1.2.8', []],
    ['runc', '1.3.2', ['CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881']],
    ['runc', '1.3.3', []],
    ['runc', '1.5.0', []],
    ['containerd', '1.6.20~ds1', ['CVE-2024-40635']],
    ['containerd', 'v2.1.0', []],
    ['Engine', '20.10.24+dfsg1', ['CVE-2024-23653']],
    ['Engine', '24.0.9', []],
    ['Engine', '29.1.0', []],
  ])('%s %s', (component, version, ids) => {
    const said = knownEscapes({ [component]: version }).join('\n');
    expect(said.match(/CVE-[\d-]+/g) ?? []).toEqual(ids);
    if (ids.length > 0) expect(said).toContain(version);
  });

  test('what does not say its version is not judged', () => {
    expect(knownEscapes({ runc: 'unknown', crun: '1.0', Engine: undefined })).toEqual([]);
  });
});
