/**
 * The methods of the Chrome DevTools Protocol that a guest's session may send. A session belongs to one
 * page, and each of these reads, measures, emulates or does input there, and nowhere else. Kept out:
 *
 * - `Browser`, `Target`, `SystemInfo`, `Tracing`, `IO`, `Memory`, `Tethering`: the browser itself, other targets, its streams;
 * - `Page.setDownloadBehavior`, `DOM.setFileInputFiles`, `DOM.getFileInfo`, `Input.dispatchDragEvent` (it
 *   drags files by their path), `Network.loadNetworkResource`: the host's files;
 * - `Page.navigate`, `Fetch`, `Page.setInterceptFileChooserDialog`: they pass by the checks of an address and of files;
 * - `Storage`, `Network` on cookies, `IndexedDB`: storage of every origin;
 * - `Debugger`, `HeapProfiler.takeHeapSnapshot`, `Page.startScreencast`, `Page.printToPDF` (as a stream
 *   it stays on the disk): a page that stands still, what grows without a bound;
 * - `Security.setIgnoreCertificateErrors`, `Emulation.setAutomationOverride` and what is new: nobody has looked at it.
 */
const BY_DOMAIN: Readonly<Record<string, string>> = {
  Accessibility: `enable disable getAXNodeAndAncestors getChildAXNodes getFullAXTree getPartialAXTree
    getRootAXNode queryAXTree`,
  Animation: 'enable disable getCurrentTime getPlaybackRate setPlaybackRate',
  CSS: `enable disable getBackgroundColors getComputedStyleForNode getInlineStylesForNode
    getMatchedStylesForNode getPlatformFontsForNode getStyleSheetText startRuleUsageTracking
    stopRuleUsageTracking takeCoverageDelta`,
  DOM: `enable disable describeNode getAttributes getBoxModel getContentQuads getDocument
    getNodeForLocation getOuterHTML getRelayoutBoundary performSearch getSearchResults
    discardSearchResults querySelector querySelectorAll requestChildNodes requestNode resolveNode
    scrollIntoViewIfNeeded focus`,
  DOMSnapshot: 'enable disable captureSnapshot',
  Emulation: `clearDeviceMetricsOverride clearGeolocationOverride clearIdleOverride setCPUThrottlingRate
    setDefaultBackgroundColorOverride setDeviceMetricsOverride setDocumentCookieDisabled
    setEmulatedMedia setEmulatedVisionDeficiency setFocusEmulationEnabled setGeolocationOverride
    setHardwareConcurrencyOverride setIdleOverride setLocaleOverride setPageScaleFactor
    setScriptExecutionDisabled setScrollbarsHidden setTimezoneOverride setTouchEmulationEnabled
    setUserAgentOverride`,
  HeapProfiler: 'enable disable collectGarbage getSamplingProfile startSampling stopSampling',
  Input: `dispatchKeyEvent dispatchMouseEvent dispatchTouchEvent insertText setIgnoreInputEvents
    synthesizePinchGesture synthesizeScrollGesture synthesizeTapGesture`,
  Log: 'enable disable clear startViolationsReport stopViolationsReport',
  Network: `enable disable emulateNetworkConditions getRequestPostData getResponseBody
    setBlockedURLs setBypassServiceWorker setCacheDisabled setExtraHTTPHeaders
    setUserAgentOverride`,
  Page: `enable disable bringToFront captureScreenshot captureSnapshot getFrameTree getLayoutMetrics
    getNavigationHistory reload setBypassCSP setLifecycleEventsEnabled stopLoading`,
  Performance: 'enable disable getMetrics',
  PerformanceTimeline: 'enable',
  Profiler: `enable disable getBestEffortCoverage setSamplingInterval start startPreciseCoverage stop
    stopPreciseCoverage takePreciseCoverage`,
  Runtime: `enable disable awaitPromise callFunctionOn discardConsoleEntries evaluate getHeapUsage
    getIsolateId getProperties globalLexicalScopeNames releaseObject releaseObjectGroup
    terminateExecution`,
  Security: 'enable disable',
  WebAuthn: `enable disable addCredential addVirtualAuthenticator clearCredentials getCredential
    getCredentials removeCredential removeVirtualAuthenticator setAutomaticPresenceSimulation
    setUserVerified`,
};

export const CDP_METHODS: ReadonlySet<string> = new Set(
  Object.entries(BY_DOMAIN).flatMap(([domain, names]) =>
    names.split(/\s+/).map((name) => `${domain}.${name}`),
  ),
);

/** Whether a session's event is of a domain that a guest may ask anything of. */
export function isCdpEvent(name: string): boolean {
  const [domain = ''] = name.split('.');
  return Object.hasOwn(BY_DOMAIN, domain);
}
