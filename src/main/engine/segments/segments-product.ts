import { resolve } from 'node:path';
import { z } from 'zod';
import { formatSegmentProperties, type NamedSegment } from '../../../shared/precomputed/segment-properties';
import { componentNames } from '../components/component-list';
import { COMPONENTS } from '../components/components-product';
import { SEGMENTS_FOLDER } from '../../../shared/precomputed/dataset-files';
import { meshFolders } from '../meshes/mesh-stages';
import { MESHES } from '../meshes/meshes-product';
import type { Job, Product } from '../product';
import { countedLabels } from './counted-labels';
import { checkIdsFile, writeIdsFile } from './ids-file';
import { readLabelLists, type ListedLabel } from './label-list';
import { readNames } from './names-file';
import { segmentCounts } from './segment-counts';
import { verifySegments } from './verify-segments';
import { askedIds, missingIdNotes, segmentsCsv } from './segment-files';

const nameSchema = z.object({
  label: z.string().exactOptional(),
  description: z.string().exactOptional(),
  tags: z.array(z.string()).readonly(),
});

const schema = z.object({
  /** Folder of the list in the dataset, and whether the job writes it. */
  folder: z.string(),
  isWritten: z.boolean(),
  /** By ids of the input, in decimal. */
  names: z.array(z.tuple([z.string(), nameSchema])),
  /** Whether they were asked for, and aren't the input's own, which may name what isn't there. */
  areAsked: z.boolean(),
  /** What the table of names has that isn't taken over, a sentence each. */
  notes: z.array(z.string()),
  /** Where else a list of ids goes. */
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
    const table = spec.names === undefined ? undefined : await readNames(spec.names);
    const names = table?.names ?? new Map<bigint, NamedSegment>();
    const own = table === undefined ? (conversion?.source.segmentNames ?? []) : [];
    const plan: Plan = {
      folder: info.segment_properties ?? SEGMENTS_FOLDER,
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

  /** No task hangs on it, and a table of names may have been corrected. */
  resume: (_, planned) => planned,

  async finish({ folder, isWritten, names, areAsked, notes, idsFile }, job) {
    const meshes = job.planOf(MESHES);
    const labels = await listedLabels(job);
    const named = new Map(names.map(([id, name]): [bigint, NamedSegment] => [BigInt(id), name]));
    const scale = labels.counted ? 0 : (meshes?.scale ?? 0);
    const place = scale === 0 ? 'the volume' : `scale ${scale} of the volume`;
    for (const message of notes) job.emit({ event: 'log', level: 'info', message });
    const asked = askedIds(meshes, areAsked ? named : new Map());
    for (const message of missingIdNotes(labels.list, asked, place)) {
      job.emit({ event: 'log', level: 'warning', message });
    }
    const counts = await segmentCounts(labels.list, job.output, job.info, scale);
    const resolution = job.info.scales[0]?.resolution ?? [1, 1, 1];
    if (isWritten) {
      const own = job.planOf(COMPONENTS) === undefined ? named : await componentNames(job.root, named);
      await job.put(
        `${folder}/info`,
        formatSegmentProperties(counts.rows, resolution, own, counts.areEstimates),
      );
    }
    if (idsFile !== undefined) await writeIdsFile(idsFile, segmentsCsv(counts, resolution));
    const segments = labels.list.length;
    const meshed = labels.list.filter(({ isMeshed }) => isMeshed).length;
    return {
      ...(isWritten ? { info: { segment_properties: folder } } : {}),
      summary: { segments, ...(meshes === undefined ? {} : { meshedSegments: meshed }) },
    };
  },
};

/** The segments, as they were counted in the volume that the job makes, else in the scale that it meshes. */
async function listedLabels(
  job: Job,
): Promise<{ readonly list: readonly ListedLabel[]; readonly counted: boolean }> {
  const meshes = job.planOf(MESHES);
  const { lists } = meshFolders(job.output, job.root);
  const meshed = meshes === undefined ? [] : await readLabelLists(lists, 2 ** meshes.batches.shard_bits);
  const counted = await countedLabels(job);
  if (counted === undefined) return { list: meshed, counted: false };
  const ids = new Set(meshed.filter(({ isMeshed }) => isMeshed).map(({ id }) => id));
  return { list: counted.map((label) => ({ ...label, isMeshed: ids.has(label.id) })), counted: true };
}
