/** A guest's text for a terminal, lines and tabs kept: nothing in it may steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}
