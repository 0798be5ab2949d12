import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify, type Reach } from './address.ts';
import { Ranges } from './ranges.ts';
import { literalAddress, parseTarget } from './target.ts';

/** Hosts as an attacker spells them in a URL, and where they lead; `invalid` is no URL at all. */
const HOSTS: [string, Reach | 'invalid' | 'name'][] = [
  // Loopback, in every spelling that the URL parser understands
  ['127.0.0.1', 'private'],
  ['127.1', 'private'],
  ['127.0.1', 'private'],
  ['127.255.255.254', 'private'],
  ['2130706433', 'private'],
  ['0x7f000001', 'private'],
  ['0x7F.0x0.0x0.0x1', 'private'],
  ['0x7f.1', 'private'],
  ['017700000001', 'private'],
  ['0177.0.0.1', 'private'],
  ['0177.0x0.0.01', 'private'],
  ['127.0.0.1.', 'private'],
  ['①②⑦.⓪.⓪.①', 'private'],
  ['１２７.０.０.１', 'private'],
  ['127。0。0。1', 'private'],
  ['127．0．0．1', 'private'],
  ['127｡0｡0｡1', 'private'],
  ['%31%32%37.0.0.1', 'private'],
  ['[::1]', 'private'],
  ['[0:0:0:0:0:0:0:1]', 'private'],
  ['[0000:0000:0000:0000:0000:0000:0000:0001]', 'private'],
  ['[::ffff:127.0.0.1]', 'private'],
  ['[::ffff:7f00:1]', 'private'],
  ['[0:0:0:0:0:ffff:127.0.0.1]', 'private'],
  // Nobody's address
  ['0', 'refused'],
  ['0.0.0.0', 'refused'],
  ['0.0.0.1', 'refused'],
  ['[::]', 'refused'],
  ['[::ffff:0.0.0.0]', 'refused'],
  ['[::127.0.0.1]', 'refused'],
  ['[::7f00:1]', 'refused'],
  ['[::8.8.8.8]', 'refused'],
  ['255.255.255.255', 'refused'],
  ['0xffffffff', 'refused'],
  ['224.0.0.1', 'refused'],
  ['239.255.255.250', 'refused'],
  ['[ff02::1]', 'refused'],
  ['[ff05::1:3]', 'refused'],
  ['240.0.0.1', 'refused'],
  ['192.0.0.1', 'refused'],
  ['192.0.2.1', 'refused'],
  ['198.18.0.1', 'refused'],
  ['198.51.100.7', 'refused'],
  ['203.0.113.7', 'refused'],
  ['192.88.99.1', 'refused'],
  ['[2001:db8::1]', 'refused'],
  ['[100::1]', 'refused'],
  ['[fec0::1]', 'refused'],
  ['[5f00::1]', 'refused'],
  ['[3fff::1]', 'refused'],
  ['[4000::1]', 'refused'],
  // Metadata services, public ranges among them
  ['169.254.169.254', 'refused'],
  ['2852039166', 'refused'],
  ['0xA9FEA9FE', 'refused'],
  ['0251.00376.000251.0000376', 'refused'],
  ['[::ffff:169.254.169.254]', 'refused'],
  ['[::ffff:a9fe:a9fe]', 'refused'],
  ['[fd00:ec2::254]', 'refused'],
  ['[fd00:0ec2:0:0:0:0:0:0254]', 'refused'],
  ['168.63.129.16', 'refused'],
  ['[::ffff:168.63.129.16]', 'refused'],
  ['100.100.100.200', 'refused'],
  ['169.254.170.2', 'refused'],
  ['169.254.42.42', 'refused'],
  ['169.254.0.23', 'refused'],
  ['[fd00:42::42]', 'refused'],
  ['[fd00:c1::a9fe:a9fe]', 'refused'],
  // Somebody's own network
  ['10.0.0.1', 'private'],
  ['10.1', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['3232235777', 'private'],
  ['100.64.0.1', 'private'],
  ['100.127.255.255', 'private'],
  ['169.254.1.1', 'private'],
  ['[fc00::1]', 'private'],
  ['[fd12:3456::1]', 'private'],
  ['[fe80::1]', 'private'],
  ['[::ffff:192.168.1.1]', 'private'],
  // An IPv4 address inside an IPv6 address
  ['[64:ff9b::127.0.0.1]', 'refused'],
  ['[64:ff9b::7f00:1]', 'refused'],
  ['[64:ff9b::a9fe:a9fe]', 'refused'],
  ['[64:ff9b::10.0.0.1]', 'refused'],
  ['[64:ff9b:1::8.8.8.8]', 'refused'],
  ['[64:ff9b::8.8.8.8]', 'public'],
  ['[2002:7f00:1::]', 'refused'],
  ['[2002:a9fe:a9fe::1]', 'refused'],
  ['[2002:c0a8:101::1]', 'refused'],
  ['[2002:808:808::1]', 'public'],
  ['[2001:0:4136:e378:8000:63bf:80ff:fffe]', 'refused'], // client 127.0.0.1
  ['[2001:0:7f00:1:8000:63bf:f7f7:f7f7]', 'refused'], // server 127.0.0.1
  ['[2001:0:808:808:8000:63bf:f7f7:f7f7]', 'public'],
  ['[::ffff:0:127.0.0.1]', 'refused'],
  ['[2a00:1450::5efe:127.0.0.1]', 'refused'],
  ['[2a00:1450::200:5efe:10.0.0.1]', 'refused'],
  // The world
  ['8.8.8.8', 'public'],
  ['134744072', 'public'],
  ['1.1', 'public'],
  ['172.32.0.1', 'public'],
  ['100.128.0.1', 'public'],
  ['[2606:4700:4700::1111]', 'public'],
  ['[::ffff:8.8.8.8]', 'public'],
  // No address, and no name either
  ['[fe80::1%25eth0]', 'invalid'],
  ['[::ffff:127.0.0.1.]', 'invalid'],
  ['425.510.425.510', 'invalid'],
  ['7147006462', 'invalid'],
  ['0x41414141A9FEA9FE', 'invalid'],
  ['256.0.0.1', 'invalid'],
  ['127.0.0.1.1', 'invalid'],
  ['1.2.3.08', 'invalid'],
  ['127.0.0.1%00.example.com', 'invalid'],
  ['[::1', 'invalid'],
  ['exa mple.com', 'invalid'],
  ['localhost', 'name'],
  ['127.0.0.1.nip.io', 'name'],
  ['metadata.google.internal', 'name'],
];

describe('an address in a URL', () => {
  it.each(HOSTS)('%s is %s', (host, expected) => {
    expect(reachOf(host)).toBe(expected);
  });

  it('is judged in many spellings', () => {
    expect(HOSTS.length).toBeGreaterThanOrEqual(100);
  });
});

function reachOf(host: string): Reach | 'invalid' | 'name' {
  if (!URL.canParse(`http://${host}/`)) return 'invalid';
  const literal = literalAddress(parseTarget(`http://${host}/`).host);
  return literal === undefined ? 'name' : classify(literal).reach;
}

/** What a resolver or an operator may say, without a URL parser in between. */
describe('an address as a resolver answers it', () => {
  it.each([
    ['::1.2.3.4', 'refused'],
    ['::ffff:10.0.0.1', 'private'],
    ['fe80::1%eth0', 'refused'],
    ['0177.0.0.1', 'refused'],
    ['127.1', 'refused'],
    ['', 'refused'],
    ['localhost', 'refused'],
    ['127.0.0.1\n', 'refused'],
    ['1]:80/[', 'refused'],
    ['9.9.9.9', 'public'],
  ])('%j is %s', (address, expected) => {
    expect(classify(address).reach).toBe(expected);
  });

  it('is connected to in the very form that was judged', () => {
    expect(classify('2606:4700:0000::0001').text).toBe('2606:4700::1');
    expect(classify('::ffff:10.0.0.1').text).toBe('::ffff:a00:1');
    expect(classify('junk').text).toBe('');
  });

  it('is never public when it maps or translates one that is not', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '64:ff9b::'), (inner, prefix) => {
        const reach = classify(inner).reach;
        const outer = classify(prefix + inner).reach;
        expect(outer === 'public').toBe(reach === 'public');
      }),
    );
  });

  it('is judged without failing, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.string({ unit: 'binary' })), (text) => {
        expect(['public', 'private', 'refused']).toContain(classify(text).reach);
      }),
    );
  });
});

describe('ranges', () => {
  it('hold addresses of their family, mapped ones by their inner address', () => {
    const ranges = new Ranges(['10.0.0.0/8', 'fd00::/8']);
    expect(ranges.contains(classify('10.9.8.7'))).toBe(true);
    expect(ranges.contains(classify('::ffff:10.9.8.7'))).toBe(true);
    expect(ranges.contains(classify('fd12::1'))).toBe(true);
    expect(ranges.contains(classify('11.0.0.1'))).toBe(false);
    expect(ranges.contains(classify('fe80::1'))).toBe(false);
    expect(ranges.contains(classify('none'))).toBe(false);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'x/8', '', '::/129'])('refuse %j', (cidr) => {
    expect(() => new Ranges([cidr])).toThrow(/is no address range/);
  });
});
