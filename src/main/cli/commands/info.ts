import type { Command } from 'commander';
import { ceilDivide3, product3 } from '../../../shared/base/vec3';
import { chunkShape } from '../../../shared/precomputed/scale-chunks';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { openDataset, type Dataset } from '../../engine/dataset';
import { localPath } from '../local-path';

export function define(command: Command): void {
  command
    .argument('<dataset>', 'folder of a precomputed volume', localPath)
    .option('--json', 'print the info as JSON')
    .action(async (path: string, { json }: { readonly json?: boolean }) => {
      const dataset = await openDataset(path);
      console.log(json === true ? JSON.stringify(dataset.json, null, 2) : describe(dataset));
    });
}

function describe({ root, info }: Dataset): string {
  const lines = [
    `${root}: ${info.type}, ${info.data_type}, ${info.num_channels} channel${info.num_channels === 1 ? '' : 's'}`,
    ...info.scales.map(describeScale),
  ];
  if (info.mesh !== undefined) lines.push(`  meshes in ${info.mesh}`);
  if (info.segment_properties !== undefined) lines.push(`  segment properties in ${info.segment_properties}`);
  return lines.join('\n');
}

function describeScale(scale: ScaleInfo): string {
  const chunk = chunkShape(scale);
  const chunks = product3(ceilDivide3(scale.size, chunk));
  const blocks = scale.compressed_segmentation_block_size;
  return (
    `  ${scale.key}: ${scale.size.join(' × ')} voxels of ${scale.resolution.join(' × ')} nm` +
    ` from ${scale.voxel_offset.join(', ')}; ${chunks} chunks of ${chunk.join(' × ')}, ${scale.encoding}` +
    (blocks === undefined ? '' : ` in blocks of ${blocks.join(' × ')}`) +
    (scale.sharding === undefined ? '' : ', sharded')
  );
}
