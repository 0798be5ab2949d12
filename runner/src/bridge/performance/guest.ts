import type { GuestGroup } from '../../guest/core.ts';
import { PerformanceEntry, PerformanceMark, PerformanceMeasure } from './guest/entry.ts';
import { PerformanceObserver, PerformanceObserverEntryList } from './guest/observer.ts';
import { makePerformance, Performance } from './guest/performance.ts';

export const install: GuestGroup = () => ({
  performance: makePerformance(),
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  PerformanceObserverEntryList,
});
