import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** An internal app with names of its own each time: nobody can know beforehand where its button is written. */
export type InternalApp = {
  files: Record<string, string>;
  component: string;
  file: string;
  label: string;
};

const letters = 'abcdefghijklmnopqrstuvwxyz';
const word = (length: number) =>
  Array.from({ length }, () => letters[Math.floor(Math.random() * letters.length)]).join('');
const title = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const server = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const types = { js: 'text/javascript', html: 'text/html', css: 'text/css' };
createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://app');
  const path = pathname.startsWith('/src/') || pathname.startsWith('/vendor/') ? pathname.slice(1) : 'index.html';
  try {
    const body = readFileSync(path);
    response.writeHead(200, { 'content-type': types[path.split('.').at(-1)], 'x-frame-options': 'DENY' }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(Number(process.env.PORT ?? 5173), '127.0.0.1', function () { console.log('port ' + this.address().port); });
`;

/** React as one module, in its development build, as a repository without a bundler would keep it. */
async function react(): Promise<string> {
  const resolveDir = fileURLToPath(new URL('../..', import.meta.url));
  const built = await build({
    stdin: {
      contents:
        "export { createElement, useState } from 'react'; export { createRoot } from 'react-dom/client';",
      resolveDir,
    },
    bundle: true,
    write: false,
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'silent',
  });
  return built.outputFiles[0]?.text ?? '';
}

export async function internalApp(): Promise<InternalApp> {
  const component = `${title(word(6))}Button`;
  const folder = word(5);
  const file = `src/${folder}/${component}.js`;
  const label = `Submit ${word(5)}`;
  const others = [word(5), word(6)].map(title);
  return {
    component,
    file,
    label,
    files: {
      'server.mjs': server,
      'index.html':
        '<!doctype html><html lang="en"><head><title>Orders</title></head><body><div id="root"></div><script type="module" src="/src/main.js"></script></body></html>',
      'vendor/react.js': await react(),
      [file]: `import { createElement, useState } from '/vendor/react.js';

export function ${component}({ order }) {
  const [sent, setSent] = useState(false);
  return createElement(
    'button',
    { type: 'button', className: 'primary', disabled: sent, onClick: () => setSent(true), style: { padding: '14px 40px', fontSize: 20 } },
    ${JSON.stringify(label)},
  );
}
`,
      ...Object.fromEntries(
        others.map(name => [
          `src/${folder}/${name}.js`,
          `import { createElement } from '/vendor/react.js';\n\nexport function ${name}() {\n  return createElement('p', null, ${JSON.stringify(`About ${name}`)});\n}\n`,
        ]),
      ),
      'src/main.js': `import { createElement, createRoot } from '/vendor/react.js';
import { ${component} } from '/${file}';
${others.map(name => `import { ${name} } from '/src/${folder}/${name}.js';`).join('\n')}

function App() {
  return createElement('main', { 'aria-label': 'Orders' }, createElement('h1', null, 'Orders'), ${others
    .map(name => `createElement(${name})`)
    .join(', ')}, createElement(${component}, { order: 4711 }));
}
createRoot(document.getElementById('root')).render(createElement(App));
`,
      '.deckhand/environment.json': JSON.stringify({
        start: 'node server.mjs',
        ports: [{ port: 5173, name: 'app' }],
      }),
    },
  };
}
