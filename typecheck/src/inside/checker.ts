import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { API, type Diagnostic, type Program } from 'typescript/unstable/sync';
import type { CheckJob } from '../job.ts';
import type { TypecheckResult } from '../result.ts';
import { resultOf, type FoundIn } from './errors.ts';
import { asBody, asModule, mayBeModule, type WrittenSource } from './source-form.ts';
import { TYPES_FOLDER, VirtualFiles } from './virtual-files.ts';

const LIBRARY = ['es2025', 'esnext.array', 'esnext.disposable', 'esnext.error'];

/** What no caller can change. The guest's realm is ECMAScript 2025 and what the declarations add. */
const FIXED_OPTIONS = {
  target: 'es2025',
  lib: LIBRARY,
  module: 'preserve',
  moduleResolution: 'bundler',
  // A source without imports and exports is the body of a function, which we have to be told.
  moduleDetection: 'legacy',
  types: [],
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: false,
};

/** One TypeScript process, asked about one source after the other. */
export class Checker {
  readonly #files = new VirtualFiles();
  readonly #api = new API({ cwd: '/', fs: this.#files });

  /** The process that works; to be reached like this in the pinned version only. */
  get native(): ChildProcess {
    const { client } = this.#api as unknown as { client: { channel: { child: ChildProcess } } };
    return client.channel.child;
  }

  check(job: CheckJob): TypecheckResult {
    // A folder that no other source can name.
    const folder = `/${randomUUID()}`;
    const project = new CheckProject(folder, job);
    try {
      for (const [path, text] of project.files()) this.#files.write(path, text);
      return this.#checkProject(project, job);
    } finally {
      const deleted = this.#files.remove(folder);
      const closing = { closeProjects: [project.config], fileChanges: { deleted } };
      this.#api.updateSnapshot(closing).dispose();
    }
  }

  #checkProject(project: CheckProject, job: CheckJob): TypecheckResult {
    let source = asBody(job.code);
    if (mayBeModule(job.code)) {
      source = asModule(job.code);
      this.#files.write(project.main, source.text);
      const parsed = this.#open(project, { openProjects: [project.config] }, (program) =>
        program.getSourceFile(project.main),
      );
      if (parsed?.externalModuleIndicator === undefined) source = asBody(job.code);
      else return this.#found(project, job, source);
    }
    this.#files.write(project.main, source.text);
    return this.#found(project, job, source);
  }

  #found(project: CheckProject, job: CheckJob, source: WrittenSource): TypecheckResult {
    const changes = { openProjects: [project.config], fileChanges: { changed: [project.main] } };
    return this.#open(project, changes, (program) => {
      const libraries = project.libraries.map(([path, name, text]): FoundIn => {
        const diagnostics = program.getSyntacticDiagnostics(path);
        return { diagnostics, text, offset: 0, library: name };
      });
      const diagnostics = diagnosticsOf(program, project.main);
      return resultOf([{ diagnostics, text: job.code, offset: source.offset }, ...libraries], {
        hide: `${project.folder}/`,
      });
    });
  }

  #open<T>(
    project: CheckProject,
    changes: Parameters<API['updateSnapshot']>[0],
    look: (program: Program) => T,
  ): T {
    const snapshot = this.#api.updateSnapshot(changes);
    try {
      return look(snapshot.getProject(project.config)!.program);
    } finally {
      snapshot.dispose();
    }
  }
}

/** What does not parse is reported alone: its types are guesses. */
function diagnosticsOf(program: Program, main: string): Diagnostic[] {
  const syntactic = program.getSyntacticDiagnostics(main);
  if (syntactic.length > 0) return [...syntactic];
  return [
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getProgramDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program.getSemanticDiagnostics(main),
  ];
}

/** The files of one check: a configuration, the source, and the libraries where imports find them. */
class CheckProject {
  readonly folder: string;
  readonly config: string;
  readonly main: string;
  readonly libraries: [path: string, name: string, text: string][];
  readonly #job: CheckJob;

  constructor(folder: string, job: CheckJob) {
    this.folder = folder;
    this.config = `${folder}/tsconfig.json`;
    this.main = `${folder}/main.${job.language === 'javascript' ? 'js' : 'ts'}`;
    this.libraries = job.libraries.map(([name, text]) => [
      `${folder}/node_modules/${name}/index.d.ts`,
      name,
      text,
    ]);
    this.#job = job;
  }

  files(): [path: string, text: string][] {
    const { declarations, language, options } = this.#job;
    const isJavaScript = language === 'javascript';
    const loose = isJavaScript ? { allowJs: true, checkJs: true, noImplicitAny: false } : {};
    const config = {
      compilerOptions: { strict: true, ...loose, ...options, ...FIXED_OPTIONS },
      typeAcquisition: { enable: false },
      files: [
        ...declarations.map((name) => `${TYPES_FOLDER}/${name}`),
        ...this.libraries.map(([path]) => path),
        this.main,
      ],
    };
    return [
      [this.config, JSON.stringify(config)],
      ...this.libraries.map(([path, , text]): [string, string] => [path, text]),
    ];
  }
}
