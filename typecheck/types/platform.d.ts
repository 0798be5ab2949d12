declare function queueMicrotask(callback: () => void): void;

interface Navigator {
  readonly userAgent: string;
}
declare var navigator: Navigator;
