/**
 * Deno names evaluated code twice, `eval (script.js, <anonymous>:2:8)`: made into what a stack
 * looks like elsewhere, `script.js:2:8`, or `inner (script.js:2:8)`. Frames of Deno's own go.
 */
export function tidyStack(stack: string | undefined, fileName: string): string | undefined {
  const place = `(${fileName}, <anonymous>:`;
  return stack
    ?.split('\n')
    .filter((line) => !isFrame(line) || !line.includes('ext:'))
    .map((line) => (isFrame(line) ? tidy(line.replace(place, `(${fileName}:`)) : line))
    .join('\n');
}

function isFrame(line: string): boolean {
  return line.startsWith('    at ');
}

/** The function that the source was made into has no name but `eval`. */
function tidy(frame: string): string {
  return frame.replace(/^( {4}at (?:async )?)eval \((script\.[jt]s:\d+:\d+)\)$/, '$1$2');
}
