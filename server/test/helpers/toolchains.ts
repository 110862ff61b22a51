import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { context } from './root-spec.ts';

/** What every sandbox needs besides our runtime, which is laid over it. */
const common = ['bash', 'git', 'socat', 'ripgrep', 'tar', 'ca-certificates', 'gcc', 'libc6-dev'];
/** Languages from Debian that our base image does not have. */
const languages = {
  compiled: ['golang-go', 'cargo-web', 'rustc-web'],
  others: [
    ...['ruby', 'bundler', 'php-cli', 'composer', 'unzip', 'default-jdk-headless'],
    ...['python3-poetry', 'pipenv', 'python3-pip', 'python3-venv'],
  ],
  jvm: ['default-jdk-headless', 'maven', 'gradle', 'python3-pdm'],
};
export const toolchainImages = 'deckhand-toolchains';

/** An image of the engine as a repository would name one, made once on each machine: a minute or two. */
export async function ensureToolchains(docker: Docker, which: keyof typeof languages): Promise<string> {
  const packages = [...common, ...languages[which]].join(' ');
  const Dockerfile = `FROM ${await debian(docker)}
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*
`;
  const tag = `${toolchainImages}:${which}-${createHash('sha256').update(Dockerfile).digest('hex').slice(0, 12)}`;
  const there = await docker
    .getImage(tag)
    .inspect()
    .catch(() => null);
  if (there) return tag;
  // The host's network: Debian's packages are reached as the base image's are.
  const stream = await docker.buildImage(context({ Dockerfile }), { t: tag, networkmode: 'host', rm: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  docker.modem.followProgress(stream, (error, lines: { error?: string }[] = []) => {
    const why = error?.message ?? lines.find(line => line.error)?.error;
    if (why) reject(new Error(why));
    else resolve();
  });
  await promise;
  return tag;
}

/** As our base is made from it, without anything of ours. */
export async function debian(docker: Docker): Promise<string> {
  const [tag] = (await docker.listImages())
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter(name => /^(debian:bookworm-slim|deckhand-debian:bookworm)$/.test(name));
  if (!tag) throw new Error('the engine has no Debian');
  return tag;
}
