import { about, named, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { resolve } from 'node:path';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';
import type { SourceMetadata } from '../volume-source';
import type { IdOffsetSpec } from './id-offset-view';
import { hashRemapFile } from './remap-file';
import type { RemapSpec } from './remap-view';

/**
 * Plans the view that replaces ids by a table.
 * @throws InvalidInputError if the table is missing or the input is an image; UnsupportedError if the voxels are
 *   floats; IoError
 */
export async function planRemap(
  { remap, remapOthers, kind }: OpenOptions,
  metadata: SourceMetadata,
): Promise<RemapSpec | undefined> {
  if (remap === undefined) {
    if (remapOthers === undefined) return undefined;
    throw new InvalidInputError(
      say`${named('remapOthers')} says what becomes of ids that ${named('remap')} does not list.`,
      {
        remedy: say`Give ${named('remap')} too, or leave out ${named('remapOthers')}.`,
        fields: { code: 'unfit-option', usage: true, options: ['remapOthers'] },
      },
    );
  }
  checkIds(metadata, kind, 'remap');
  const path = resolve(remap);
  return { kind: 'remap', path, sha256: await hashRemapFile(path), others: remapOthers ?? 'keep' };
}

/**
 * Plans the view that adds a number to all ids.
 * @throws InvalidInputError if the input is an image; UnsupportedError if the voxels are floats
 */
export function planIdOffset(
  { idOffset, kind }: OpenOptions,
  metadata: SourceMetadata,
): IdOffsetSpec | undefined {
  if (idOffset === undefined || BigInt(idOffset) === 0n) return undefined;
  checkIds(metadata, kind, 'idOffset');
  return { kind: 'id-offset', offset: idOffset };
}

function checkIds(metadata: SourceMetadata, kind: OpenOptions['kind'], option: 'remap' | 'idOffset'): void {
  if ((kind ?? metadata.kind) === 'image') {
    throw new InvalidInputError(say`${about(option)}: an image has no ids to change.`, {
      remedy: say`Leave out ${named(option)}, or choose ${set('type', 'segmentation')}.`,
      fields: { code: 'unfit-option', options: [option, 'type'] },
    });
  }
  const { dataType } = metadata;
  if (!dataType.startsWith('float')) return;
  throw new UnsupportedError(say`${about(option)}: the voxels are ${dataType}, and ids are whole numbers.`, {
    remedy: say`Leave out ${named(option)}.`,
    fields: { code: 'unfit-option', options: [option] },
  });
}
