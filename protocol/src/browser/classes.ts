/**
 * What a guest may ask of a browser: the guest's library makes its classes of this list, and the host
 * refuses what is not in it. Plain data, for it is in the guest's realm too. docs/browser.md says how
 * calls, handles and events go.
 */
export type BrowserMethodKind =
  /** Asked of the host, which answers later. */
  | 'call'
  /** Adds a step to the chain of a locator; the host is not asked before something is done with it. */
  | 'locator'
  /** Answered at once, from the state `s` that came with the handle, under the method's name. */
  | 'state'
  /** The guest's library does it, of events and other calls; the host refuses it. */
  | 'guest';

export interface BrowserClass {
  methods: Readonly<Record<string, BrowserMethodKind>>;
  /** Properties, whose methods are called on the handle itself as `keyboard.press`. */
  parts?: Readonly<Record<string, BrowserClassName>>;
  /** What can be listened to. */
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

function kinds(lists: Partial<Record<BrowserMethodKind, string>>): BrowserClass['methods'] {
  const methods: Record<string, BrowserMethodKind> = {};
  for (const [kind, names] of Object.entries(lists)) {
    for (const name of names.split(/\s+/)) methods[name] = kind as BrowserMethodKind;
  }
  return methods;
}

const LISTENING = 'on once off addListener removeListener removeAllListeners';
const GET_BY =
  'getByAltText getByLabel getByPlaceholder getByRole getByTestId getByText getByTitle';
const FINDING = `locator frameLocator ${GET_BY}`;
/** Of a page or frame, by a selector: what a locator does too. */
const BY_SELECTOR = `check click dblclick dispatchEvent dragAndDrop fill focus getAttribute hover
  innerHTML innerText inputValue isChecked isDisabled isEditable isEnabled isHidden isVisible press
  selectOption setChecked setInputFiles tap textContent type uncheck waitForSelector`;
const DOCUMENT = `goto content setContent title evaluate evaluateHandle waitForFunction
  waitForLoadState waitForTimeout addScriptTag addStyleTag $ $$ $eval $$eval`;
const ON_ELEMENT = `check click dblclick dispatchEvent fill focus getAttribute hover innerHTML
  innerText inputValue isChecked isDisabled isEditable isEnabled isHidden isVisible press
  selectOption setChecked setInputFiles tap textContent type uncheck boundingBox screenshot
  scrollIntoViewIfNeeded selectText evaluate evaluateHandle`;

/** By class, what there is. A name that is not here does not exist for a guest. */
export const BROWSER_CLASSES: Readonly<Record<BrowserClassName, BrowserClass>> = {
  Browser: {
    // No `close`: whoever gave the browser closes it.
    methods: kinds({ call: 'newContext contexts $events' }),
    events: [],
  },
  Context: {
    methods: kinds({
      call: `newPage pages close cookies addCookies clearCookies grantPermissions clearPermissions
        setGeolocation setOffline setExtraHTTPHeaders setDefaultTimeout setDefaultNavigationTimeout
        addInitScript storageState newCDPSession $listen $route $unroute`,
      guest: `browser route unroute unrouteAll waitForEvent ${LISTENING}`,
    }),
    parts: { clock: 'Clock' },
    events: [
      'page',
      'close',
      'console',
      'dialog',
      'request',
      'requestfailed',
      'requestfinished',
      'response',
      'weberror',
    ],
  },
  Page: {
    methods: kinds({
      call: `${DOCUMENT} ${BY_SELECTOR} reload goBack goForward close bringToFront screenshot pdf
        setViewportSize emulateMedia setExtraHTTPHeaders setDefaultTimeout
        setDefaultNavigationTimeout addInitScript frames mainFrame opener ariaSnapshot
        $listen $route $unroute`,
      locator: FINDING,
      state: 'url isClosed viewportSize context',
      guest: `target frame route unroute unrouteAll waitForEvent waitForRequest waitForResponse
        waitForNavigation waitForURL ${LISTENING}`,
    }),
    parts: { keyboard: 'Keyboard', mouse: 'Mouse', touchscreen: 'Touchscreen', clock: 'Clock' },
    events: [
      'close',
      'console',
      'crash',
      'dialog',
      'domcontentloaded',
      'download',
      'frameattached',
      'framedetached',
      'framenavigated',
      'load',
      'pageerror',
      'popup',
      'request',
      'requestfailed',
      'requestfinished',
      'response',
    ],
  },
  Frame: {
    methods: kinds({
      call: `${DOCUMENT} ${BY_SELECTOR} childFrames parentFrame frameElement`,
      locator: FINDING,
      state: 'name url isDetached page',
      guest: 'waitForURL',
    }),
    events: [],
  },
  Locator: {
    methods: kinds({
      call: `${ON_ELEMENT} allInnerTexts allTextContents ariaSnapshot blur clear count dragTo
        elementHandle elementHandles evaluateAll highlight pressSequentially waitFor`,
      locator: `${FINDING} first last nth filter and or contentFrame describe`,
      guest: 'all page',
    }),
    events: [],
  },
  FrameLocator: {
    methods: kinds({ locator: `${FINDING} first last nth owner` }),
    events: [],
  },
  JSHandle: {
    methods: kinds({
      call: 'evaluate evaluateHandle getProperty getProperties jsonValue dispose asElement',
    }),
    events: [],
  },
  ElementHandle: {
    methods: kinds({
      call: `${ON_ELEMENT} getProperty getProperties jsonValue dispose contentFrame ownerFrame $ $$
        $eval $$eval waitForElementState waitForSelector`,
      guest: 'asElement',
    }),
    events: [],
  },
  Keyboard: { methods: kinds({ call: 'down up press type insertText' }), events: [] },
  Mouse: { methods: kinds({ call: 'click dblclick down up move wheel' }), events: [] },
  Touchscreen: { methods: kinds({ call: 'tap' }), events: [] },
  Clock: {
    methods: kinds({
      call: 'install fastForward pauseAt resume runFor setFixedTime setSystemTime',
    }),
    events: [],
  },
  Request: {
    methods: kinds({
      call: 'allHeaders headerValue headersArray response sizes postDataBuffer',
      state: `url method resourceType isNavigationRequest headers postData failure redirectedFrom
        frame timing`,
      guest: 'postDataJSON',
    }),
    events: [],
  },
  Response: {
    methods: kinds({
      call: 'allHeaders headerValue headerValues headersArray body text finished serverAddr',
      state: 'url status statusText ok headers request frame fromServiceWorker',
      guest: 'json',
    }),
    events: [],
  },
  Route: {
    methods: kinds({ call: 'abort continue fallback fulfill', state: 'request' }),
    events: [],
  },
  Dialog: {
    methods: kinds({ call: 'accept dismiss', state: 'type message defaultValue page' }),
    events: [],
  },
  Download: {
    methods: kinds({
      // `saveAs` writes with the files binding; `$body` answers the bytes. No path of the host's.
      call: 'saveAs cancel delete failure $body',
      guest: 'body',
      state: 'url suggestedFilename page',
    }),
    events: [],
  },
  ConsoleMessage: {
    methods: kinds({ state: 'type text location page', call: 'args' }),
    events: [],
  },
  CDPSession: {
    // Any event of CDP_METHODS' domains can be listened to.
    methods: kinds({ call: 'send detach $listen', guest: LISTENING }),
    events: [],
  },
};
