import type { Download, JSHandle } from 'playwright-core';
import type { Call, SpecialCall } from './call.ts';

async function dispose({ core, subject }: Call): Promise<void> {
  const handle = subject.target as JSHandle;
  core.handles.drop(handle);
  await handle.dispose();
}

/** By their names; the guest makes a Map of it. */
async function getProperties({ subject }: Call): Promise<Record<string, unknown>> {
  const properties = await (subject.target as JSHandle).getProperties();
  return Object.assign(Object.create(null), Object.fromEntries(properties)) as Record<
    string,
    unknown
  >;
}

async function deleteDownload({ core, subject }: Call): Promise<void> {
  const download = subject.target as Download;
  await download.delete();
  core.downloads.delete(download);
}

async function cancelDownload({ core, subject }: Call): Promise<void> {
  const download = subject.target as Download;
  await download.cancel();
  core.downloads.delete(download);
}

export const OBJECT_CALLS: Readonly<Record<string, SpecialCall>> = {
  '*.dispose': dispose,
  '*.getProperties': getProperties,
  'Download.delete': deleteDownload,
  'Download.cancel': cancelDownload,
};
