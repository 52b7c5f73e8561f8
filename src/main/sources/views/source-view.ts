import type { Box } from '../../../shared/base/box';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';

/** A view as its handle has it: JSON, of which `kind` names the class. */
export interface ViewSpec {
  readonly kind: string;
}

/** The `format` in the handles of views. */
export const VIEW_FORMAT = 'view';

/** A view and what it is a view of, so that a worker opens both again. */
export interface ViewHandle extends SourceHandle {
  readonly format: typeof VIEW_FORMAT;
  readonly source: SourceHandle;
  readonly view: ViewSpec;
}

/**
 * A source that shows another one in another way: a part of it, turned, with other ids. Views wrap views; each
 * does one thing.
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
   * The source's metadata but for what the view changes, which goes into the fingerprint.
   * @param fact what the view does, for people
   * @param content what decides the view's voxels
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
