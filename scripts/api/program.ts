import { API, type Project } from 'typescript/unstable/sync';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What TypeScript knows of some modules of the repository, and of what these import. */
export function openProgram(files: readonly string[]): { project: Project; close(): void } {
  const config = `${ROOT}tsconfig.api.json`;
  // Held in memory: TypeScript's API opens projects by their file.
  const text = JSON.stringify({ extends: './tsconfig.json', include: [], files });
  const readFile = (path: string) => (path === config ? text : undefined);
  const api = new API({ cwd: ROOT, fs: { readFile } });
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
  if (!project) throw new Error('TypeScript opened no project');
  return { project, close: () => api.close() };
}
