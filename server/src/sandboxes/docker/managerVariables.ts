import { openProxyPort } from '@deckhand/sandbox/hands/open-proxy';

const bundle = '/etc/ssl/certs/ca-certificates.crt';
/** Served by the runtime inside: a JVM's programs cannot show credentials to a proxy. */
const openProxy = { host: '127.0.0.1', port: openProxyPort };

const java = (() => {
  const { host, port } = openProxy;
  const way = (scheme: string) => [`-D${scheme}.proxyHost=${host}`, `-D${scheme}.proxyPort=${port}`];
  return [...way('http'), ...way('https'), '-Dhttp.nonProxyHosts=localhost|127.*|[::1]'].join(' ');
})();

/**
 * What package managers need to be told in a sandbox that do not go by HTTPS_PROXY, SSL_CERT_FILE and the home: their
 * proxy, whom they trust, and a place under /work for what they keep, since the root file system is read-only.
 * sandbox/ENVIRONMENT.md has the table. An image's own variables of these names give way.
 */
export const managerVariables = (proxy: string): Record<string, string> => ({
  // Yarn 2 and later go by nothing else.
  YARN_HTTP_PROXY: proxy,
  YARN_HTTPS_PROXY: proxy,
  YARN_HTTPS_CA_FILE_PATH: bundle,
  YARN_ENABLE_TELEMETRY: '0',
  JAVA_TOOL_OPTIONS: java,
  // Maven's own transport, of 3.9 and later, leaves the JVM's properties aside.
  MAVEN_ARGS: '-Daether.connector.http.useSystemProperties=true',
  GRADLE_USER_HOME: '/work/home/.gradle',
  GOPATH: '/work/home/go',
  GOMODCACHE: '/work/home/go/pkg/mod',
  GOCACHE: '/work/home/.cache/go-build',
  GOFLAGS: '-modcacherw',
  CARGO_HOME: '/work/home/.cargo',
  CARGO_HTTP_CAINFO: bundle,
  BUNDLE_PATH: '/work/home/.bundle/gems',
  BUNDLE_SSL_CA_CERT: bundle,
  GEM_SPEC_CACHE: '/work/home/.cache/gem/specs',
  NUGET_PACKAGES: '/work/home/.nuget/packages',
  NUGET_HTTP_CACHE_PATH: '/work/home/.cache/nuget/http',
  DOTNET_CLI_HOME: '/work/home',
  DOTNET_CLI_TELEMETRY_OPTOUT: '1',
  COMPOSER_HOME: '/work/home/.composer',
  COMPOSER_CACHE_DIR: '/work/home/.cache/composer',
  PIP_CACHE_DIR: '/work/home/.cache/pip',
  UV_CACHE_DIR: '/work/home/.cache/uv',
  UV_NATIVE_TLS: '1',
  UV_PYTHON_INSTALL_DIR: '/work/home/.local/share/uv/python',
  // It asks pypi.org whether there is a newer one, whatever registry the repository names.
  PDM_CHECK_UPDATE: '0',
  POETRY_CACHE_DIR: '/work/home/.cache/pypoetry',
  BUN_INSTALL_CACHE_DIR: '/work/home/.bun/install/cache',
  DENO_DIR: '/work/home/.cache/deno',
  DENO_TLS_CA_STORE: 'system,mozilla',
  CONDA_PKGS_DIRS: '/work/home/.conda/pkgs',
  CONDA_ENVS_PATH: '/work/home/.conda/envs',
});
