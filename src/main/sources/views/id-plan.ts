import { resolve } from 'node:path';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';
import type { SourceMetadata } from '../volume-source';
import type { IdOffsetSpec } from './id-offset-view';
import { hashRemapFile } from './remap-file';
import type { RemapSpec } from './remap-view';

/** @throws InvalidInputError where there is no table; UnsupportedError where there are no ids; IoError */
export async function planRemap(
  { remap, remapOthers, kind }: OpenOptions,
  metadata: SourceMetadata,
): Promise<RemapSpec | undefined> {
  if (remap === undefined) {
    if (remapOthers === undefined) return undefined;
    throw new InvalidInputError('--remap-others says what becomes of ids that --remap does not list.', {
      remedy: 'Give --remap too, or leave out --remap-others.',
      fields: { usage: true, options: ['remapOthers'] },
    });
  }
  checkIds(metadata, kind, 'remap', '--remap');
  const path = resolve(remap);
  return { kind: 'remap', path, sha256: await hashRemapFile(path), others: remapOthers ?? 'keep' };
}

/** @throws InvalidInputError or UnsupportedError where there are no ids */
export function planIdOffset(
  { idOffset, kind }: OpenOptions,
  metadata: SourceMetadata,
): IdOffsetSpec | undefined {
  if (idOffset === undefined || BigInt(idOffset) === 0n) return undefined;
  checkIds(metadata, kind, 'idOffset', '--id-offset');
  return { kind: 'id-offset', offset: idOffset };
}

function checkIds(
  metadata: SourceMetadata,
  kind: OpenOptions['kind'],
  option: 'remap' | 'idOffset',
  flag: string,
): void {
  if ((kind ?? metadata.kind) === 'image') {
    throw new InvalidInputError(`${flag}: an image has no ids to change.`, {
      remedy: `Leave out ${flag}, or choose --type segmentation.`,
      fields: { options: [option, 'type'] },
    });
  }
  const { dataType } = metadata;
  if (!dataType.startsWith('float')) return;
  throw new UnsupportedError(`${flag}: the voxels are ${dataType}, and ids are whole numbers.`, {
    remedy: `Leave out ${flag}.`,
    fields: { options: [option] },
  });
}
