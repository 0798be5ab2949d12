/// <reference path="./event-types.d.ts" />

interface PerformanceEntry {
  readonly name: string;
  readonly entryType: string;
  readonly startTime: number;
  readonly duration: number;
  toJSON(): any;
}
interface PerformanceMark extends PerformanceEntry {
  readonly entryType: 'mark';
  readonly detail: any;
}
interface PerformanceMeasure extends PerformanceEntry {
  readonly entryType: 'measure';
  readonly detail: any;
}
declare var PerformanceEntry: { prototype: PerformanceEntry };
declare var PerformanceMark: {
  prototype: PerformanceMark;
  new (name: string, options?: PerformanceMarkOptions): PerformanceMark;
};
declare var PerformanceMeasure: { prototype: PerformanceMeasure };

interface PerformanceMarkOptions {
  detail?: any;
  startTime?: number;
}
interface PerformanceMeasureOptions {
  detail?: any;
  start?: string | number;
  end?: string | number;
  duration?: number;
}
interface Performance extends EventTarget {
  /** Milliseconds since 1970 at which the run began. */
  readonly timeOrigin: number;
  /** Whole milliseconds since then. */
  now(): number;
  toJSON(): any;
  mark(name: string, options?: PerformanceMarkOptions): PerformanceMark;
  measure(
    name: string,
    startOrOptions?: string | PerformanceMeasureOptions,
    end?: string,
  ): PerformanceMeasure;
  getEntries(): PerformanceEntry[];
  getEntriesByName(name: string, type?: string): PerformanceEntry[];
  getEntriesByType(type: string): PerformanceEntry[];
  clearMarks(name?: string): void;
  clearMeasures(name?: string): void;
}
declare var Performance: { prototype: Performance };
declare var performance: Performance;

interface PerformanceObserverInit {
  entryTypes?: readonly string[];
  type?: string;
  buffered?: boolean;
}
interface PerformanceObserverEntryList {
  getEntries(): PerformanceEntry[];
  getEntriesByName(name: string, type?: string): PerformanceEntry[];
  getEntriesByType(type: string): PerformanceEntry[];
}
declare var PerformanceObserverEntryList: { prototype: PerformanceObserverEntryList };
interface PerformanceObserver {
  observe(options: PerformanceObserverInit): void;
  disconnect(): void;
  takeRecords(): PerformanceEntry[];
}
declare var PerformanceObserver: {
  prototype: PerformanceObserver;
  new (
    callback: (entries: PerformanceObserverEntryList, observer: PerformanceObserver) => void,
  ): PerformanceObserver;
  readonly supportedEntryTypes: readonly string[];
};
