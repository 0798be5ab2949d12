/** What is kept of a run beside its record: an image of its browser, or what the browser said. */
export interface RunArtifact {
  /** `screenshot-1.png`, `page-1.jpg`, `browser.json`. */
  name: string;
  contentType: 'image/png' | 'image/jpeg' | 'application/json';
  bytes: Buffer;
  /** The page's address, of a page. */
  about?: string;
}

export type RunArtifactEntry = Omit<RunArtifact, 'bytes'> & { size: number };
