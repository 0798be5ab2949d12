import type { TypecheckRequest } from './request.ts';
import { presetDeclarations, typeProfile } from './profile.ts';

/** One check, as the checker's process is told it. */
export interface CheckJob {
  code: string;
  language: 'javascript' | 'typescript';
  /** Names of our own files of declarations. */
  declarations: string[];
  /** Module names and their declarations. */
  libraries: [name: string, text: string][];
  options: Record<string, boolean>;
}

/** Half a surrogate pair ends TypeScript's process; a replacement is as long. */
export function jobOf(request: TypecheckRequest): CheckJob {
  const { code, language, preset, profile, capabilities, libraryTypes, compilerOptions } = request;
  const files =
    preset === undefined
      ? typeProfile({ ...(profile ? { profile } : {}), capabilities: capabilities ?? [] }).files
      : presetDeclarations(preset);
  return {
    code: code.toWellFormed(),
    language: language === 'javascript' ? 'javascript' : 'typescript',
    declarations: files.map(({ name }) => name),
    libraries: Object.entries(libraryTypes ?? {}).map(([name, text]) => [
      name,
      text.toWellFormed(),
    ]),
    options: compilerOptions ?? {},
  };
}
