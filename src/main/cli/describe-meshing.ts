import { counted, formatBytes, formatCount } from '../../shared/base/format-quantity';
import type { MeshJobPlan } from '../engine/job/mesh-job-plan';
import { mostMeshFiles } from '../engine/meshes/mesh-plan';
import { readSegmentColumns } from '../engine/segments/segment-counts';

/** Formats a plan for people, as `mesh --dry-run` prints it. */
export async function describeMeshing(plan: MeshJobPlan): Promise<string> {
  const { root, info, mesh, memory } = plan;
  const { settings, folder } = mesh;
  const scale = info.scales[mesh.scale];
  const voxels = (await readSegmentColumns(plan, info))?.voxels;
  const segments = voxels?.filter((count) => count >= mesh.minVoxels).length;
  const how =
    segments === undefined
      ? 'two files per segment, or shards'
      : `at most ${counted(mostMeshFiles(mesh, segments), 'file', formatCount)}`;
  const share = settings.keptShare === 0 ? '' : ` or ${100 * settings.keptShare} % of the triangles`;
  return [
    `Dataset  ${root}: scale ${mesh.scale}, ${scale?.size.join(' × ')} voxels of ${scale?.resolution.join(' × ')} nm`,
    `Meshes   ${folder}: ${settings.format}, ${how}, within ${settings.errorNm} nm${share}, at most ${settings.maxLevels} levels`,
    `Work     ${counted(memory.workers, 'worker')}, at most ${formatBytes(memory.totalBytes)} of memory`,
  ].join('\n');
}
