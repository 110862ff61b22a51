import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  newCallId,
  openTestStack,
  sh,
  type TestSandbox,
  type TestStack,
} from '../../test/helpers/sandboxStack.ts';
import type { Hands } from './hands.ts';

let stack: TestStack;
let sandbox: TestSandbox;
let hands: Hands;
let hostServer: Server;
let hostPort: number;

const mib = 1024 * 1024;
const bash = (command: string) => hands.call({ callId: newCallId(), tool: 'bash', input: { command } });

beforeAll(async () => {
  stack = await openTestStack();
  sandbox = await stack.sandbox({ limits: { memoryBytes: 256 * mib, pids: 64, diskBytes: 64 * mib } });
  ({ hands } = sandbox);
  hostServer = createServer(socket => socket.end('reached')).listen(0, '0.0.0.0');
  await new Promise(resolve => hostServer.once('listening', resolve));
  const address = hostServer.address();
  hostPort = typeof address === 'object' && address ? address.port : 0;
});
afterAll(async () => {
  hostServer?.close();
  await stack?.close();
});

describe('limits', () => {
  test('memory: the command is killed and says why, the runtime lives', async () => {
    const eat = 'python3 -c "b = []\nwhile True: b.append(bytearray(1 << 20))"';
    expect(await bash(eat)).toMatchObject({ ok: false, exitCode: 137, failure: 'out_of_memory' });
    expect(await bash('echo fine')).toMatchObject({ ok: true });
  });

  test('processes: they run out, calls say so, and a new connection gets in all the same', async () => {
    const fill =
      'import os, time\nwhile True:\n  try:\n    if os.fork() == 0: time.sleep(600)\n  except OSError: time.sleep(0.05)';
    const abort = new AbortController();
    const filling = hands.call(
      { callId: newCallId(), tool: 'bash', input: { command: `python3 -c '${fill}'` } },
      { signal: abort.signal },
    );
    const full = async () => {
      const outcome = await bash('echo fine');
      return outcome.status === 'finished' && !outcome.ok;
    };
    while (!(await full()));
    const made = await stack.driver.connect(sandbox.id);
    expect(made.ok).toBe(true);
    if (made.ok) made.stream.destroy();
    abort.abort();
    expect(await filling).toMatchObject({ failure: 'stopped' });
    expect(await bash('echo fine')).toMatchObject({ ok: true });
  });

  test('disk: full is said to be full, by commands and by files, and calls go on', async () => {
    expect(await bash('dd if=/dev/zero of=/work/fill bs=1M')).toMatchObject({
      ok: false,
      failure: 'disk_full',
    });
    const content = 'x'.repeat(500_000);
    const write = { callId: newCallId(), tool: 'write' as const, input: { path: 'big', content } };
    expect(await hands.call(write)).toMatchObject({ ok: false, failure: 'disk_full' });
    expect(await hands.put('/work/put', Buffer.from(content))).toMatchObject({
      ok: false,
      code: 'disk_full',
    });
    expect(await bash('echo still heard')).toMatchObject({ ok: true, output: 'still heard\n' });
    expect(await hands.call(write)).toMatchObject({ ok: false, failure: 'disk_full' });
    expect(await bash('rm /work/fill')).toMatchObject({ ok: true });
    expect(await hands.call({ ...write, callId: newCallId() })).toMatchObject({ ok: true });
  });

  test('rights: nobody, nothing to gain, nothing of the engine, a system that cannot be changed', async () => {
    const status = await sh(hands, 'cat /proc/self/status');
    expect(status).toMatch(/CapEff:\s+0+\n/);
    expect(status).toMatch(/CapBnd:\s+0+\n/);
    expect(status).toMatch(/NoNewPrivs:\s+1\n/);
    expect(await sh(hands, 'id -u')).toBe('1000');
    expect(
      await sh(
        hands,
        'find / -xdev -name "docker*.sock" 2>/dev/null | wc -l; ls /var/run/docker.sock 2>&1 | grep -c "No such"',
      ),
    ).toBe('0\n1');
    for (const command of [
      'touch /usr/x',
      'touch /opt/deckhand/x',
      'touch /egress/x',
      'mount -t tmpfs x /mnt',
      'chroot / true',
    ]) {
      expect([command, (await bash(command)).status === 'finished' && (await bash(command))]).toEqual([
        command,
        expect.objectContaining({ ok: false }),
      ]);
    }
  });
});

describe('system calls', () => {
  const call = (number: number, ...args: number[]) =>
    `import ctypes; c = ctypes.CDLL(None, use_errno=True); r = c.syscall(${[number, ...args].join(', ')}); print(r if r >= 0 else -ctypes.get_errno())`;
  const arm = process.arch === 'arm64';
  const refused = -1;
  /** By number: no library asks for them. */
  test.each<[name: string, number: number, ...args: number[]]>([
    ['io_uring_setup', 425, 1, 0],
    ['io_uring_enter', 426, -1, 0, 0, 0, 0, 0],
    ['io_uring_register', 427, -1, 0, 0, 0],
    ['keyctl', arm ? 219 : 250, 0, -3, 0],
    ['add_key', arm ? 217 : 248, 0, 0, 0, 0, 0],
    ['request_key', arm ? 218 : 249, 0, 0, 0, 0],
    ['userfaultfd', arm ? 282 : 323, 1],
    ['bpf', arm ? 280 : 321, 0, 0, 0],
    ['perf_event_open', arm ? 241 : 298, 0, 0, -1, -1, 0],
    ['unshare of a user namespace', arm ? 97 : 272, 0x10000000],
    ['clone into a user namespace', arm ? 220 : 56, 0x10000011, 0, 0, 0, 0],
  ])('%s is refused', async (_, number, ...args) => {
    expect(await sh(hands, `python3 -c '${call(number, ...args)}'`)).toBe(String(refused));
  });

  test.each([
    ['AF_VSOCK', 40, 'SOCK_STREAM'],
    ['AF_ALG', 38, 'SOCK_SEQPACKET'],
    ['AF_PACKET', 17, 'SOCK_DGRAM'],
    ['AF_KEY', 15, 'SOCK_RAW'],
    ['AF_TIPC', 30, 'SOCK_RDM'],
  ])('a socket of %s is refused', async (_, family, type) => {
    const open = `import socket\ntry: socket.socket(${family}, socket.${type}); print("open")\nexcept OSError as e: print(e.errno)`;
    expect(await sh(hands, `python3 -c '${open}'`)).toBe('1');
  });

  test('what tools need is there: threads, sockets, shared memory, a debugger, interfaces, Node', async () => {
    const uses = `
import socket, threading, multiprocessing, subprocess, ctypes, mmap, os
t = threading.Thread(target=lambda: None); t.start(); t.join()
for f in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK): socket.socket(f, socket.SOCK_DGRAM).close()
with multiprocessing.Pool(2) as p: print(sum(p.map(abs, [1, -2])))
print(ctypes.CDLL(None).ptrace(0, 0, 0, 0), os.memfd_create("x") > 0)
`;
    expect(await sh(hands, `python3 - <<'EOF'${uses}EOF`)).toBe('3\n0 True');
    const node =
      "const { Worker } = require('worker_threads'); new Worker('0', { eval: true }).on('exit', code => console.log(code, Object.keys(require('os').networkInterfaces()).join()))";
    expect(await sh(hands, `node -e "${node}"`)).toBe('0 lo');
  });
});

describe('no way out', () => {
  const addresses = () =>
    Object.values(networkInterfaces())
      .flatMap(list => list ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address }) => address);

  test('there is no network but the loopback, and no name is known', async () => {
    expect(await sh(hands, 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "')).toBe('lo');
    expect(await bash('getent hosts localhost.localdomain example.com')).toMatchObject({ ok: false });
  });

  test('ports of the host that are open to everybody are not open to a sandbox', async () => {
    for (const address of [...addresses(), '172.17.0.1']) {
      const direct = await bash(`curl -sS -m 3 --noproxy '*' http://${address}:${hostPort}`);
      expect(direct).toMatchObject({ ok: false, exitCode: 7 });
      expect(await sh(hands, `curl -sS -m 3 --noproxy x http://${address}:${hostPort}`)).toMatch(
        /port \d+ is not open to sandboxes/,
      );
      expect(await sh(hands, `curl -sS -m 3 --noproxy x http://${address}`)).toMatch(/is (a|an) /);
    }
  });

  test.each([
    ['http://127.0.0.1:6379', /not open/],
    ['http://localhost/', /loopback/],
    ['http://169.254.169.254/latest/meta-data/', /metadata/],
    ['http://[fd00:ec2::254]/', /private/],
    ['http://10.0.0.1/', /private/],
    ['http://192.168.1.1/', /private/],
    ['http://0x7f000001/', /loopback/],
    ['http://2130706433/', /loopback/],
    ['http://[::ffff:7f00:1]/', /loopback/],
    ['http://0.0.0.0/', /this host/],
  ])('the proxy refuses %s and says why', async (url, reason) => {
    expect(await sh(hands, `curl -sS -g -m 5 --noproxy x '${url}'`)).toMatch(reason);
  });

  test('a refused CONNECT says why in its first line', async () => {
    const said = await sh(hands, "curl -v -m 5 --noproxy x https://10.0.0.1/ 2>&1 | grep '< HTTP' || true");
    expect(said).toMatch(/403 Refused: 10.0.0.1 is a private address/);
  });

  test("without a token, or with another sandbox's name, the proxy serves nobody", async () => {
    const other = await sh(
      hands,
      `curl -sS -o /dev/null -w '%{http_code}' -x http://127.0.0.1:3128 http://example.com`,
    );
    expect(other).toBe('407');
    const forged = await sh(
      hands,
      `curl -sS -o /dev/null -w '%{http_code}' -x "\${HTTP_PROXY/sbx_/sbx_x}" http://example.com`,
    );
    expect(forged).toBe('407');
  });

  test('who cannot show credentials goes by the open proxy inside, to where others may go and no further', async () => {
    const through = (url: string) =>
      sh(hands, `curl -sS -m 5 -w '%{http_code}' --noproxy x -x http://127.0.0.1:3129 '${url}'`);
    expect(await through('http://10.0.0.1/')).toMatch(/10\.0\.0\.1 is a private address[\s\S]*403$/);
    expect(await sh(hands, 'echo $JAVA_TOOL_OPTIONS')).toContain('-Dhttps.proxyPort=3129');
  });

  test('nothing of one sandbox can be reached from another', async () => {
    const other = await stack.sandbox();
    await sh(
      other.hands,
      'python3 -m http.server 8080 --bind 0.0.0.0 >/dev/null 2>&1 & until curl -s -o /dev/null --noproxy "*" 127.0.0.1:8080; do sleep 0.05; done',
    );
    expect(await bash('curl -sS -m 3 --noproxy "*" http://127.0.0.1:8080')).toMatchObject({
      ok: false,
      exitCode: 7,
    });
    expect(await sh(hands, 'ls /work')).not.toContain(other.id);
  });

  test('the log of the proxy tells who wanted what, without tokens or queries', async () => {
    await sh(hands, 'curl -sS "http://10.9.8.7/path?secret=1"');
    const helper = stack.docker.getContainer(`deckhand-${stack.name}-egress`);
    const log = (await helper.logs({ stdout: true, tail: 50 })).toString();
    expect(log).toContain(`"sandboxId":"${sandbox.id}","host":"10.9.8.7","port":80,"allowed":false`);
    expect(log).not.toMatch(/secret=1|path/);
  });
});

test('what is public can be reached through the proxy, where this machine reaches it', async () => {
  const apt = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' });
  const archive = apt.stdout?.split('\n').find(line => /^http:.*\/debian\/$/.test(line));
  if (!archive) return;
  const url = `${archive}dists/bookworm/Release`;
  const reachable = await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    response => response.text().then(() => response.ok),
    () => false,
  );
  if (!reachable) return;
  expect(await sh(hands, `curl -sS -m 10 ${url} | head -n 1`)).toBe('Origin: Debian');
  expect(await sh(hands, `node -e "fetch('${url}').then(r => console.log(r.status))"`)).toBe('200');
});

test('a runtime that the engine does not have is named, with what to do', async () => {
  expect(await stack.anotherDriver({ runtime: 'nowhere' }).prepare()).toMatchObject({
    ok: false,
    code: 'engine_down',
    message: expect.stringContaining('knows no runtime nowhere (DECKHAND_SANDBOX_RUNTIME)'),
  });
});
