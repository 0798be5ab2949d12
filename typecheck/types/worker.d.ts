/** Any JSON. */
type NetworkData = any;

/** The worker's only way to its host. */
interface Network {
  /** Hears the messages of this name that the host sends. */
  on(event: string, handler: (data: NetworkData) => void): void;
  off(event: string, handler: (data: NetworkData) => void): void;
  send(event: string, data?: NetworkData): void;
  /** Asks the host; rejects with what its handler threw. */
  request(method: string, data?: NetworkData): Promise<NetworkData>;
}
declare var NETWORK: Network;
