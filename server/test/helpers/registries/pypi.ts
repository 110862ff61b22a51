import { type Registry, registryDomain } from '../../../../test/emulators/company.ts';
import { digest, type Files, zipOf } from './packed.ts';

const origin = `https://pypi.${registryDomain}`;
export const pypiUrl = `${origin}/simple/`;

export type Wheel = { project: string; version: string; file: string; content: Buffer };

export async function wheelOf(project: string, version: string, files: Files): Promise<Wheel> {
  const name = project.replaceAll('-', '_');
  const about = `${name}-${version}.dist-info`;
  const all: Files = {
    ...files,
    [`${about}/METADATA`]: `Metadata-Version: 2.1\nName: ${project}\nVersion: ${version}\n`,
    [`${about}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const record = [...Object.keys(all), `${about}/RECORD`].map(path => `${path},,\n`).join('');
  const content = await zipOf({ ...all, [`${about}/RECORD`]: record });
  return { project, version, file: `${name}-${version}-py3-none-any.whl`, content };
}

/** The simple index (PEP 503) and its files. */
export function pypiRegistry(wheels: Wheel[]): Registry {
  return path => {
    const [, project] = /^\/simple\/([^/]+)\/?$/.exec(path) ?? [];
    const mine = wheels.filter(each => each.project === project);
    const links = mine.map(
      ({ file, content }) =>
        `<a href="${origin}/files/${file}#sha256=${digest('sha256', content)}">${file}</a>`,
    );
    if (project)
      return mine.length > 0 ? { body: `<html>${links.join('\n')}</html>`, type: 'text/html' } : null;
    const wheel = wheels.find(({ file }) => path === `/files/${file}`);
    return wheel ? { body: wheel.content } : null;
  };
}
