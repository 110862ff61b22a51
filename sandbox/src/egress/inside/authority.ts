import 'reflect-metadata';
import { createHash, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import * as x509 from '@peculiar/x509';

/** A deployment's own authority, both as PEM. The key is for the server, which keeps it, and the proxy. */
export type Authority = { certificate: string; key: string };

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 24 * 60 * 60_000;
const authorityMs = 10 * 365 * dayMs;
const leafMs = 7 * dayMs;
/** A leaf is made anew when less than this of it is left, and begins this early: clocks differ. */
const slackMs = dayMs;
const mostLeaves = 500;

const usages: KeyUsage[] = ['sign', 'verify'];
const newSerial = () => randomBytes(16).toString('hex').replace(/^./, '5');
const pemOf = async (key: CryptoKey) =>
  x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');

/** `name`: of the deployment, for whoever reads a list of authorities. */
export async function createAuthority(name: string, nowMs = Date.now()): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, usages);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [`Deckhand egress ${name}`] }],
    notBefore: new Date(nowMs - slackMs),
    notAfter: new Date(nowMs + authorityMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

export type Leaves = { for(host: string): Promise<SecureContext> };

/** Certificates of hosts, made when they are asked for and kept for a while. */
export async function createLeaves(
  { certificate, key }: Authority,
  clock: () => number = Date.now,
): Promise<Leaves> {
  const issuer = new x509.X509Certificate(certificate);
  const [pkcs8] = x509.PemConverter.decode(key);
  if (!pkcs8) throw new Error('the key of the authority is no PEM');
  const signingKey = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  const kept = new Map<string, { untilMs: number; context: Promise<SecureContext> }>();

  const make = async (host: string, nowMs: number): Promise<SecureContext> => {
    const keys = await crypto.subtle.generateKey(algorithm, true, usages);
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: newSerial(),
      // A name may be longer than a CN can be: the certificate is for the alternative name alone.
      subject: [{ CN: [createHash('sha256').update(host).digest('hex').slice(0, 32)] }],
      issuer: issuer.subjectName,
      notBefore: new Date(nowMs - slackMs),
      notAfter: new Date(nowMs + leafMs),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: isIP(host) ? 'ip' : 'dns', value: host }]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ],
    });
    return createSecureContext({
      cert: `${leaf.toString('pem')}\n${certificate}`,
      key: await pemOf(keys.privateKey),
      minVersion: 'TLSv1.2',
    });
  };

  return {
    for: host => {
      const nowMs = clock();
      const found = kept.get(host);
      if (found && found.untilMs > nowMs) return found.context;
      kept.delete(host);
      const [oldest] = kept.keys();
      if (kept.size >= mostLeaves && oldest !== undefined) kept.delete(oldest);
      const context = make(host, nowMs);
      kept.set(host, { untilMs: nowMs + leafMs - slackMs, context });
      context.catch(() => kept.delete(host));
      return context;
    },
  };
}
