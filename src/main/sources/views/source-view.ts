import type { Box } from '../../../shared/base/box';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';

/** The specification of a view in its handle, as JSON. `kind` names the class of the view. */
export interface ViewSpec {
  readonly kind: string;
}

/** The `format` in the handles of views. */
const VIEW_FORMAT = 'view';

/** The handle of a view and of its source, so that a worker can open both again. */
export interface ViewHandle extends SourceHandle {
  readonly format: typeof VIEW_FORMAT;
  readonly source: SourceHandle;
  readonly view: ViewSpec;
}

/** Reports whether a handle is that of a view. */
export function isView(handle: SourceHandle): handle is ViewHandle {
  return handle.format === VIEW_FORMAT;
}

/**
 * A source that changes how another source appears, for example by cropping it, turning it or changing its ids. Each
 * view makes one change, and views can wrap other views.
 */
export abstract class SourceView implements VolumeSource {
  abstract readonly metadata: SourceMetadata;
  readonly handle: ViewHandle;

  constructor(
    protected readonly source: VolumeSource,
    view: ViewSpec,
  ) {
    this.handle = { format: VIEW_FORMAT, source: source.handle, view };
  }

  abstract read(box: Box, target: VolumeBlock): Promise<void>;

  close(): Promise<void> {
    return this.source.close();
  }

  /**
   * Returns the source's metadata with the changes of the view. The view is also added to the fingerprint.
   * @param fact what the view does, for people
   * @param content everything that determines the view's voxels
   */
  protected changed(
    changes: Partial<SourceMetadata>,
    fact: SourceMetadata['facts'][number],
    content: object = this.handle.view,
  ): SourceMetadata {
    const { metadata } = this.source;
    return {
      ...metadata,
      ...changes,
      facts: [...metadata.facts, fact],
      fingerprint: `${metadata.fingerprint}\n${JSON.stringify(content)}`,
    };
  }
}
