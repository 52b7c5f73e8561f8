import { resolve } from 'node:path';
import { z } from 'zod';
import { formatSegmentProperties, type NamedSegment } from '../../../shared/precomputed/segment-properties';
import { componentNames } from '../components/component-list';
import { COMPONENTS } from '../components/components-product';
import { folderPath, SEGMENTS_FOLDER } from '../../../shared/precomputed/dataset-files';
import { meshFolders } from '../meshes/mesh-stages';
import { MESHES } from '../meshes/meshes-product';
import type { Job, Product } from '../product';
import { countedLabels } from './counted-labels';
import { checkIdsFile, writeIdsFile } from './ids-file';
import { readLabelLists, type ListedLabel } from './label-list';
import type { LabelEntry } from '../../../shared/kernels/label-statistics';
import type { MeshPlan } from '../meshes/mesh-plan';
import { SegmentTable } from './segment-table';
import { readNames } from './names-file';
import { segmentCounts } from './segment-counts';
import { verifySegments } from './verify-segments';
import { askedIds, missingIdNotes, segmentsCsv } from './segment-files';

const nameSchema = z.object({
  label: z.string().exactOptional(),
  description: z.string().exactOptional(),
  tags: z.array(z.string()).readonly(),
  colour: z.string().exactOptional(),
});

const schema = z.object({
  /** The folder of the list in the dataset, and whether the job writes the list. */
  folder: z.string(),
  isWritten: z.boolean(),
  /** Names by ids of the input, in decimal. */
  names: z.array(z.tuple([z.string(), nameSchema])),
  /**
   * Whether the user gave the names. Otherwise they are those of the input, which may include ids that the volume
   * lacks.
   */
  areAsked: z.boolean(),
  /** Notes on contents of the table of names that aren't used, one sentence each. */
  notes: z.array(z.string()),
  /** A further file to which the list of ids is written. */
  idsFile: z.string().exactOptional(),
});

type Plan = z.output<typeof schema>;

/** The list of segments, with their voxels and names. */
export const SEGMENTS: Product<Plan> = {
  name: 'segments',
  owns: { folders: ['segments'], files: [] },
  schema,

  async plan({ spec, conversion, info }) {
    if (conversion !== undefined && info.type !== 'segmentation') return undefined;
    if (spec.idsFile !== undefined) await checkIdsFile(spec.idsFile);
    const table = spec.names === undefined ? undefined : await readNames(spec.names, spec.namesColumns);
    const names = table?.names ?? new Map<bigint, NamedSegment>();
    const own = table === undefined ? (conversion?.source.segmentNames ?? []) : [];
    const plan: Plan = {
      folder: folderPath(info.segment_properties ?? '') ?? SEGMENTS_FOLDER,
      isWritten:
        conversion !== undefined || info.segment_properties === undefined || spec.names !== undefined,
      names: [...own, ...names].map(([id, name]) => [String(id), name]),
      areAsked: table !== undefined,
      notes: [...(table?.notes ?? [])],
      ...(spec.idsFile === undefined ? {} : { idsFile: resolve(spec.idsFile) }),
    };
    return { needs: { perWorkerBytes: 0, minimumBlockBytes: 0 }, plan: () => plan };
  },

  verify: verifySegments,

  /** Uses the new plan: no task depends on it, and the table of names may have been corrected. */
  resume: (_, planned) => planned,

  async finish({ folder, isWritten, names, areAsked, notes, idsFile }, job) {
    const meshes = job.planOf(MESHES);
    const named = new Map(names.map(([id, name]): [bigint, NamedSegment] => [BigInt(id), name]));
    const counted = countedLabels(job);
    const scale = counted === undefined ? (meshes?.scale ?? 0) : 0;
    const place = scale === 0 ? 'the volume' : `scale ${scale} of the volume`;
    for (const message of notes) job.emit({ event: 'log', level: 'info', message });
    const asked = askedIds(meshes, areAsked ? named : new Map());
    const meshed = meshedLabels(job, meshes);
    const labels = counted === undefined ? meshed : withMeshes(counted, meshed);
    const counts = await segmentCounts(labels, job.dataset, job.info, scale);
    const table = await SegmentTable.of(counts.rows);
    try {
      for await (const { id, box } of table)
        if (box !== undefined) for (const { ids } of asked) ids.delete(id);
      for (const message of missingIdNotes(asked, place))
        job.emit({ event: 'log', level: 'warning', message });
      const resolution = job.info.scales[0]?.resolution ?? [1, 1, 1];
      if (isWritten) {
        const own = job.planOf(COMPONENTS) === undefined ? named : await componentNames(job.root, named);
        await job.put(`${folder}/info`, formatSegmentProperties(table, resolution, own, counts.areEstimates));
      }
      if (idsFile !== undefined) {
        const { areEstimates } = counts;
        await writeIdsFile(idsFile, segmentsCsv({ rows: table, areEstimates }, resolution));
      }
      const { segments, meshedSegments } = table;
      return {
        ...(isWritten ? { info: { segment_properties: folder } } : {}),
        summary: { segments, ...(meshes === undefined ? {} : { meshedSegments }) },
      };
    } finally {
      await table.close();
    }
  },
};

/** Reads the labels of all batches: those with meshes, and those that were too small for one. */
function meshedLabels(job: Job, meshes: MeshPlan | undefined): AsyncGenerator<ListedLabel> {
  const { lists } = meshFolders(job.output, job.root);
  return readLabelLists(lists, meshes === undefined ? 0 : 2 ** meshes.batches.shard_bits);
}

/** Adds to counted labels whether they have meshes. Both lists are sorted by id, and both are closed at the end. */
export async function* withMeshes(
  counted: AsyncIterable<LabelEntry>,
  listed: AsyncGenerator<ListedLabel>,
): AsyncGenerator<ListedLabel> {
  try {
    let other = await listed.next();
    for await (const label of counted) {
      while (other.done !== true && other.value.id < label.id) other = await listed.next();
      const isMeshed = other.done !== true && other.value.id === label.id && other.value.isMeshed;
      yield { ...label, isMeshed };
    }
  } finally {
    await listed.return(undefined);
  }
}
