import { failure, type Result } from '@deckhand/shared';
import type { Hands } from '../hands.ts';
import { toFailure } from '../worktree/script.ts';

/** In memory, like all that is of the deployment: neither an image nor a snapshot trusts it. */
const bundleFile = '/run/deckhand/certificates.pem';

/** Of an image of the repository's own, too: what it trusts besides stays. */
const script = `cat /etc/ssl/certs/ca-certificates.crt - > ${bundleFile}.new && mv ${bundleFile}.new ${bundleFile}`;

/** What programs go by that look for certificates: OpenSSL, Node, Python, pip, curl, git, npm, Cargo, Yarn, Bundler, AWS. */
const variables = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'NPM_CONFIG_CAFILE',
  'CARGO_HTTP_CAINFO',
  'YARN_HTTPS_CA_FILE_PATH',
  'BUNDLE_SSL_CA_CERT',
  'AWS_CA_BUNDLE',
];

/** Has a sandbox trust the authority by which the egress proxy opens TLS; the variables that its tools need for it. */
export async function trustAuthority(
  hands: Pick<Hands, 'run'>,
  certificate: string,
): Promise<Result<{ env: Record<string, string> }>> {
  const made = await hands.run(['/bin/sh', '-c', script], {
    clean: true,
    stdin: certificate,
    timeoutMs: 10_000,
  });
  if (!made.ok) return toFailure(made);
  if (made.code !== 0)
    return failure(
      'internal',
      `The sandbox does not trust the egress proxy: ${made.stderr.toString('utf8')}`,
    );
  return { ok: true, env: Object.fromEntries(variables.map(name => [name, bundleFile])) };
}
