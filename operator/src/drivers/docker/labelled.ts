import type Docker from 'dockerode';

/** The labels by which our containers are known: no other container is ever touched. */
export const INSTANCE_LABEL = 'cofferdam.dev/instance';
export const RUNNER_LABEL = 'cofferdam.dev/runner';

export type Labels = { [INSTANCE_LABEL]: string } & Record<string, string>;

/** Ends and removes the containers that have all of these labels; answers how many there were. */
export async function removeLabelled(docker: Docker, labels: Labels): Promise<number> {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const found = await docker.listContainers({ all: true, filters: { label } });
  await Promise.all(
    found.map(({ Id }) =>
      docker.getContainer(Id).remove({ force: true, v: true }).catch(unlessGone),
    ),
  );
  return found.length;
}

/** 404: removed meanwhile; 409: the engine is at it. */
function unlessGone(error: unknown): void {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode !== 404 && statusCode !== 409) throw error;
}
