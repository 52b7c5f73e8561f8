import { BugError } from '../../shared/base/errors';
import { OPENERS } from './openers';
import { isView } from './views/source-view';
import type { SourceHandle, VolumeSource } from './volume-source';

/** Opens a source in another thread, from the handle of a source that `openSource` (registry.ts) opened. */
export async function reopenSource(handle: SourceHandle): Promise<VolumeSource> {
  if (isView(handle)) {
    const { reopenView } = await import('./views/apply-views');
    return reopenView(handle, reopenSource);
  }
  const [, load] = OPENERS.find(([format]) => format === handle.format) ?? [];
  if (load === undefined) throw new BugError(`no opener for the format "${handle.format}"`);
  const opener = await load();
  return opener.reopen(handle);
}
