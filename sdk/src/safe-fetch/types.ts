/** A request as a policy is asked about it: the first one, and each that a redirect leads to. */
export interface SafeFetchTarget {
  /** Without a fragment. */
  url: string;
  /** In lower case, without the port; an IPv6 address in brackets. */
  host: string;
  port: number;
  protocol: 'http:' | 'https:';
  method: string;
}

/** Options of {@link createSafeFetch}. */
export interface SafeFetchOptions {
  /** Whether a request may be made. Anything but `true` refuses it, and so does an error. */
  policy(target: SafeFetchTarget): boolean | Promise<boolean>;
  /** Redirects that are followed, 0 to 20. Default 5. */
  maxRedirects?: number;
  /** Bytes of a response's body, decoded, up to 1 GiB; reading more fails. Default 16 MiB. */
  maxResponseBytes?: number;
  /** Milliseconds for all of it, the body included, 1 to 600,000. Default 30,000. */
  timeoutMs?: number;
  /** Addresses of private networks and of this machine may be reached too, but no metadata service. Default false. */
  allowPrivateAddresses?: boolean;
}

/** As `fetch`, and as a fetch binding. */
export type SafeFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
