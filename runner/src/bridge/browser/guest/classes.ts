/** As `BROWSER_CLASSES` of the protocol says it, which the generator writes into the bundle. */
export interface BrowserClass {
  methods: Readonly<Record<string, 'call' | 'locator' | 'state' | 'guest'>>;
  parts?: Readonly<Record<string, BrowserClassName>>;
  events: readonly string[];
}

export type BrowserClassName =
  | 'Browser'
  | 'Context'
  | 'Page'
  | 'Frame'
  | 'Locator'
  | 'FrameLocator'
  | 'JSHandle'
  | 'ElementHandle'
  | 'Keyboard'
  | 'Mouse'
  | 'Touchscreen'
  | 'Clock'
  | 'Request'
  | 'Response'
  | 'Route'
  | 'Dialog'
  | 'Download'
  | 'ConsoleMessage'
  | 'CDPSession';

/** Guest code imports no room, not even its types. */
declare const $browserClasses: Readonly<Record<BrowserClassName, BrowserClass>>;

export const CLASSES = $browserClasses;
