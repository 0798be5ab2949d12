/** Addresses of an IPv4 address that a URL's parser, a resolver or a translator may take for it, as URLs. */
export function urlsOf(address: string, port: number): string[] {
  const bytes = address.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (value: number, digits = 2) => value.toString(16).padStart(digits, '0');
  const groups = `${hex(a)}${hex(b)}:${hex(c)}${hex(d)}`;
  const hosts = [
    address,
    String(whole),
    `0x${hex(whole, 8)}`,
    bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
    bytes.map((byte) => `0x${hex(byte)}`).join('.'),
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${address}.`,
    `[::ffff:${address}]`,
    `[::ffff:${groups}]`,
    `[64:ff9b::${groups}]`,
    `[2002:${groups}::1]`,
  ];
  return hosts.map((host) => `http://${host}:${port}/`);
}
