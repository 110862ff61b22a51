import { networkInterfaces } from 'node:os';
import { expect, test } from '@jest/globals';
import { refusedAddress } from './addresses.ts';

test.each([
  '0.0.0.0',
  '127.0.0.1',
  '127.8.8.8',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '168.63.129.16',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:10.0.0.1',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:ffff:127.0.0.1',
  '::7f00:1',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  'fe80::1%eth0',
  '::ffff:0:10.0.0.1',
  '::ffff:0:a00:1',
  '::ffff:0:1.1.1.1',
])('%s is refused', address => {
  expect(refusedAddress(address)).toEqual(expect.any(String));
});

test.each([
  '1.1.1.1',
  '203.0.113.80',
  '198.51.100.7',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '::ffff:1.1.1.1',
])('%s is allowed', address => {
  expect(refusedAddress(address)).toBeUndefined();
});

test("every address of the host's own interfaces is refused, whatever its range", () => {
  const own = Object.values(networkInterfaces()).flatMap(entries => entries ?? []);
  expect(own.length).toBeGreaterThan(0);
  for (const { address } of own)
    expect([address, refusedAddress(address)]).toEqual([address, expect.any(String)]);
});
