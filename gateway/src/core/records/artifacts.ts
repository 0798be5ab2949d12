/** What is kept of a run beside its record: an image of its browser, what the browser said, or its trace. */
export interface RunArtifact {
  /** `screenshot-1.png`, `page-1.jpg`, `browser.json`, `trace.zip`. */
  name: string;
  contentType: 'image/png' | 'image/jpeg' | 'application/json' | 'application/zip';
  bytes: Buffer;
  /** The page's address, of a page; what is missing, of a trace that is not whole. */
  about?: string;
}

export type RunArtifactEntry = Omit<RunArtifact, 'bytes'> & { size: number };
