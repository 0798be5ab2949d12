const PROCESSES =
  'A run is in a V8 isolate or a Deno process without permissions, inside an operating-system process of its tenant; ';

/** An honest sentence on what these layers, as runners say them, keep a run from. */
export function protectionOf(layers: readonly string[]): string {
  if (layers.length === 0) return 'No runner has joined yet, so nothing runs.';
  if (layers.includes('gvisor')) {
    return `${PROCESSES}around it are a container and a second kernel (gVisor), which whoever breaks out of the engine meets next.`;
  }
  if (layers.includes('container')) {
    return `${PROCESSES}around it is a container that shares the kernel of the machine, and no second kernel.`;
  }
  return `${PROCESSES}there is no container and no second kernel around it, so code that breaks out of the engine has all rights of the user that runs this service.`;
}
