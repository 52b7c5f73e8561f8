import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isAddress } from '../../../shared/api/input-address';
import { ceilDivide3, product3 } from '../../../shared/base/vec3';
import { INFO_FILES } from '../../../shared/precomputed/dataset-files';
import { chunkShape } from '../../../shared/precomputed/scale-chunks';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { folderOfInfo } from '../../base/folder-of-info';
import { openDataset, type Dataset } from '../../engine/dataset/dataset';
import { Journal } from '../../engine/run/journal';
import { sizeOfFolder, type FolderSize } from '../../base/disk-space';
import { counted, formatBytes } from '../../../shared/base/format-quantity';
import { addBucketFlags, bucketAccess } from '../bucket-flags';
import { describeInput, reportInput } from '../describe-input';

export function define(command: Command): void {
  addBucketFlags(command)
    .argument('<input>', 'Folder of a precomputed volume, or any input that can be converted', folderOfInfo)
    .option('--json', 'Print as JSON. For a precomputed volume, this is its info file.')
    .option('--dataset <path>', 'Array to describe when the input holds several.')
    .action(async (path: string, flags: InfoFlags) => {
      const { json, dataset: name } = flags;
      const access = bucketAccess(flags, [path]);
      if (name !== undefined || !(await holdsDataset(path))) {
        const input = await reportInput(path, { ...(name === undefined ? {} : { dataset: name }), access });
        console.log(json === true ? JSON.stringify(input, null, 2) : describeInput(input));
        return;
      }
      const dataset = await openDataset(path);
      if (json === true) {
        console.log(JSON.stringify(dataset.json, null, 2));
        return;
      }
      console.log(describe(dataset, await sizeOfFolder(dataset.root)));
    });
}

interface InfoFlags {
  readonly json?: boolean;
  readonly dataset?: string;
}

/** Reports whether a folder holds a dataset, or the part of one that an interrupted job left. */
async function holdsDataset(path: string): Promise<boolean> {
  if (isAddress(path)) return false;
  return INFO_FILES.some((name) => existsSync(join(path, name))) || (await Journal.isIn(path));
}

function describe({ root, info }: Dataset, { files, bytes, diskBytes }: FolderSize): string {
  const lines = [
    `${root}: ${info.type}, ${info.data_type}, ${counted(info.num_channels, 'channel')}`,
    ...info.scales.map(describeScale),
  ];
  if (info.mesh !== undefined) lines.push(`  meshes in ${info.mesh}`);
  if (info.segment_properties !== undefined) lines.push(`  segment properties in ${info.segment_properties}`);
  lines.push(`  ${formatBytes(bytes)} in ${counted(files, 'file')}, ${formatBytes(diskBytes)} on the disk`);
  return lines.join('\n');
}

function describeScale(scale: ScaleInfo): string {
  const chunk = chunkShape(scale);
  const chunks = product3(ceilDivide3(scale.size, chunk));
  const blocks = scale.compressed_segmentation_block_size;
  return (
    `  ${scale.key}: ${scale.size.join(' × ')} voxels of ${scale.resolution.join(' × ')} nm` +
    ` from ${scale.voxel_offset.join(', ')}; ${counted(chunks, 'chunk')} of ${chunk.join(' × ')}, ${scale.encoding}` +
    (blocks === undefined ? '' : ` in blocks of ${blocks.join(' × ')}`) +
    (scale.sharding === undefined ? '' : ', sharded')
  );
}
