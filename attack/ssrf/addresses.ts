/** Where nothing of a guest's may lead, whoever offers the machine. Written as a resolver would. */
export const FORBIDDEN_IPV4 = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.1.1',
  ...metadataOf(4),
] as const;

export const FORBIDDEN_IPV6 = [
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'fd12:3456:789a::1',
  'fec0::1',
  'ff02::1',
  ...metadataOf(6),
] as const;

/** Services that give credentials to whoever asks from the right machine, and host agents. Never reached, whatever range is allowed. */
export function metadataOf(family: 4 | 6): readonly string[] {
  return family === 4
    ? [
        '169.254.169.254', // AWS, Azure, GCP, DigitalOcean, Hetzner, OpenStack, Vultr
        '169.254.169.253', // AWS: its resolver
        '169.254.170.2', // AWS ECS
        '169.254.170.23', // AWS EKS
        '169.254.42.42', // Scaleway
        '169.254.0.23', // Tencent
        '168.63.129.16', // Azure's host agent
        '100.100.100.200', // Alibaba
        '192.0.0.192', // Oracle
      ]
    : [
        'fd00:ec2::254', // AWS
        'fd00:ec2::253',
        'fd00:ec2::23',
        'fd20:ce::254', // GCP
        'fd00:42::42', // Scaleway
        'fd00:c1::a9fe:a9fe', // Oracle
      ];
}

/** What a cluster's own are by default; here they are private ranges that nobody allowed. */
export const CLUSTER = ['10.96.0.1', '10.96.0.10', '10.42.0.7', '10.43.0.1', '10.244.1.9'] as const;

/** Addresses that may be reached: of the redirecting server, and of what stands beside a forbidden one in a DNS answer. */
export const REDIRECTOR = '93.184.216.34';
export const PUBLIC_IPV4 = '8.8.4.4';
export const PUBLIC_IPV6 = '2606:4700:4700::1111';
