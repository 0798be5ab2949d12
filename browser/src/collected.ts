/** What a page wrote with `console`. */
export interface BrowserConsoleLogEntry {
  level: string;
  stdout: string;
  location?: { url: string; lineNumber: number; columnNumber: number };
  timestamp: number;
  contextId: string;
  pageId: string;
}

/** What a page threw and nobody caught. */
export interface PageErrorInfo {
  name: string;
  message: string;
  stack?: string;
  timestamp: number;
  contextId: string;
  pageId: string;
}

export interface NetworkRequestInfo {
  url: string;
  method: string;
  headers: Record<string, string>;
  postData?: string;
  resourceType: string;
  timestamp: number;
  contextId: string;
  pageId: string;
}

export interface NetworkResponseInfo {
  url: string;
  status: number;
  statusText: string;
  headers: Record<string, string>;
  timestamp: number;
  contextId: string;
  pageId: string;
}

export interface RequestFailureInfo {
  url: string;
  method: string;
  failureText: string;
  resourceType: string;
  timestamp: number;
  contextId: string;
  pageId: string;
}

/** What happens in the pages of a session. Ids are those of `getTrackedResources`. */
export type BrowserEvent =
  | ({ type: 'browserConsoleLog' } & BrowserConsoleLogEntry)
  | ({ type: 'pageError' } & PageErrorInfo)
  | ({ type: 'networkRequest' } & NetworkRequestInfo)
  | ({ type: 'networkResponse' } & NetworkResponseInfo)
  | ({ type: 'requestFailure' } & RequestFailureInfo);

export interface CollectedData {
  browserConsoleLogs: BrowserConsoleLogEntry[];
  pageErrors: PageErrorInfo[];
  networkRequests: NetworkRequestInfo[];
  networkResponses: NetworkResponseInfo[];
  requestFailures: RequestFailureInfo[];
}
