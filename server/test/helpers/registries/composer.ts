import { type Registry, registryDomain } from '../../../../test/emulators/company.ts';
import { digest, zipOf } from './packed.ts';

export const composerUrl = `https://php.${registryDomain}`;

/** One package, `tiny/tiny`, whose code is run when it is loaded. */
export async function composerRegistry(code: string): Promise<Registry> {
  const about = { name: 'tiny/tiny', version: '1.0.0', autoload: { files: ['tiny.php'] } };
  const zip = await zipOf({ 'tiny-1.0.0/composer.json': JSON.stringify(about), 'tiny-1.0.0/tiny.php': code });
  const dist = { type: 'zip', url: `${composerUrl}/tiny.zip`, shasum: digest('sha1', zip) };
  const index = { packages: { 'tiny/tiny': { '1.0.0': { ...about, dist } } } };
  return path => {
    if (path === '/packages.json') return { body: JSON.stringify(index), type: 'application/json' };
    return path === '/tiny.zip' ? { body: zip } : null;
  };
}
