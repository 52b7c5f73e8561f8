import { z } from 'zod';
import { CONVERT_OPTIONS } from '../../../shared/api/job-spec';
import { BugError } from '../../../shared/base/errors';
import { COMPONENTS_FILE } from '../../../shared/precomputed/dataset-files';
import type { Job, Product } from '../product';
import { BLOCKS_IN_FLIGHT } from '../volume/pyramid-stage';
import { shareSource } from '../blocks/shared-source';
import { arenasOf, inputOf, largestArena, VOLUME } from '../volume/volume-product';
import {
  connectivityOf,
  finderBytes,
  LEAST_JOINING_BYTES,
  pieceGrid,
  type ComponentPlan,
} from './component-plan';
import { componentStages, relabelBlock } from './component-stages';

const schema = z.object({ neighbours: CONVERT_OPTIONS.components.schema });

type Plan = z.output<typeof schema>;

/** The separate ids for parts of an id that don't touch. */
export const COMPONENTS: Product<Plan> = {
  name: 'components',
  owns: { folders: [], files: [COMPONENTS_FILE] },
  schema,

  plan({ spec, conversion }) {
    if (conversion === undefined || spec.kind !== 'convert') return Promise.resolve(undefined);
    const { components: neighbours } = spec;
    if (neighbours === undefined) return Promise.resolve(undefined);
    const { decodeBytes, size } = conversion.source;
    const needs = {
      perWorkerBytes: decodeBytes + finderBytes(size),
      minimumBlockBytes: LEAST_JOINING_BYTES,
    };
    return Promise.resolve({ needs, plan: () => ({ neighbours }) });
  },

  stages(plan, job) {
    const { volume, first } = volumeOf(job);
    return componentStages(splitOf(plan, job), {
      source: shareSource(inputOf(job)),
      storage: first,
      dataType: job.info.data_type,
      arenas: arenasOf(volume, job),
      joiningBytes: job.memory.blockBytes - BLOCKS_IN_FLIGHT * largestArena(volume, job),
    });
  },

  prepareBlock(plan, job) {
    const split = splitOf(plan, job);
    const pieces = pieceGrid(split);
    return (block, context) => relabelBlock(split, pieces, block, context);
  },
};

/** Returns the plan for splitting. It uses the same blocks as the conversion. */
function splitOf({ neighbours }: Plan, job: Job): ComponentPlan {
  const { pyramid, first } = volumeOf(job);
  return {
    connectivity: connectivityOf(neighbours),
    size: pyramid.size,
    block: first.block.shape,
    output: job.output,
    root: job.root,
  };
}

function volumeOf(job: Job) {
  const volume = job.planOf(VOLUME);
  const [first] = volume?.stages ?? [];
  const [pyramid] = volume?.pyramid ?? [];
  if (volume === undefined || first === undefined || pyramid === undefined) {
    throw new BugError('components are split where a volume is made');
  }
  return { volume, first, pyramid };
}
