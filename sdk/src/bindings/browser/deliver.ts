import type { BrowserEvent } from '@cofferdam/browser/types';
import type { BindingScope } from '../scope.ts';

/** Hands what happened in a guest's page to the embedder: best effort. */
export function deliverBrowserEvent(scope: BindingScope, event: BrowserEvent): void {
  const { browser, console } = scope.bindings;
  attempt(scope, () => browser?.onEvent?.(event));
  if (!browser?.captureConsole || event.type !== 'browserConsoleLog') return;
  const { level, stdout, location, timestamp } = event;
  const entry = { type: 'browserOutput', level, stdout, timestamp } as const;
  const whole = location === undefined ? entry : { ...entry, location };
  attempt(scope, () => console?.onEntry?.(whole, scope.context('console')));
}

function attempt(scope: BindingScope, notify: () => unknown): void {
  const failed = (error: unknown) => {
    scope.report(error);
    process.emitWarning(error instanceof Error ? error : String(error));
  };
  try {
    Promise.resolve(notify()).catch(failed);
  } catch (error) {
    failed(error);
  }
}
