import { BugError } from '../../../shared/base/errors';
import type { OpenOptions, PathProbe, SourceOpener } from '../source-opener';
import type { SourceHandle } from '../volume-source';
import { DenseSource, type DenseHandle } from './dense-source';

interface DenseFormat {
  readonly format: string;
  readonly title: string;
  recognises(probe: PathProbe): boolean;
  plan(path: string, options: OpenOptions): Promise<DenseHandle>;
}

/** Creates an opener for a format whose files are a header and an unchunked array. */
export function denseOpener({ format, title, recognises, plan }: DenseFormat): SourceOpener {
  return {
    format,
    title,
    recognises,
    open: async ({ path }, options) => new DenseSource(await plan(path, options)),
    reopen(handle) {
      if (!isDenseHandle(handle)) throw new BugError(`not a handle of ${format}`);
      return Promise.resolve(new DenseSource(handle));
    },
  };
}

/** Reports whether a handle is that of an unchunked array. */
export function isDenseHandle(handle: SourceHandle): handle is DenseHandle {
  return typeof handle['bytes'] === 'object' && typeof handle['layout'] === 'object';
}
