import { chmod, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CofferdamError } from '@cofferdam/protocol';

/** Where a container sees the folder. */
const INSIDE = '/run/cofferdam';

/** Its names may be opened, not listed; a socket in it may be dialled by whoever sees the folder. */
const FOLDER_MODE = 0o711;
const SOCKET_MODE = 0o666;
const GROUP_AND_OTHERS = 0o077;

/**
 * The folder of the sockets that runners dial, as it is shared with containers. Its own mode lets
 * everybody in, because a container's user is nobody here; the folder around it lets in nobody but
 * whoever started us. A mount leads past that one, a path does not.
 */
export class SharedFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Throws `INVALID_CONFIG` where others of this machine could reach the sockets too. */
  async open(): Promise<void> {
    const around = await stat(dirname(this.path));
    if ((around.mode & GROUP_AND_OTHERS) !== 0) {
      throw new CofferdamError(
        'INVALID_CONFIG',
        `${dirname(this.path)} is open to other users of this machine, so they could dial as a runner does`,
      );
    }
    await chmod(this.path, FOLDER_MODE);
  }

  /** Lets containers dial these sockets of the folder; again each time that one was made anew. */
  async share(...socketPaths: string[]): Promise<void> {
    await Promise.all(socketPaths.map((path) => chmod(path, SOCKET_MODE)));
  }

  /** A socket of the folder as a container names it. */
  inside(socketPath: string): string {
    return join(INSIDE, basename(socketPath));
  }

  get mount() {
    return {
      Type: 'bind' as const,
      Source: this.path,
      Target: INSIDE,
      ReadOnly: true,
      BindOptions: { Propagation: 'rprivate' as const },
    };
  }
}
