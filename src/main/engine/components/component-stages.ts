import { BoxGrid, boxOfShape, boxVolume, type Box } from '../../../shared/base/box';
import type { DataType } from '../../../shared/base/data-type';
import { product3 } from '../../../shared/base/vec3';

import type { ArenaPool } from '../run/arena-pool';
import { loadBlock } from '../blocks/load-block';
import { BLOCKS_IN_FLIGHT, type PyramidStagePlan } from '../volume/pyramid-stage';
import type { SharedBlock } from '../blocks/shared-block';
import type { Stage, TaskContext } from '../run/stage';
import type { SharedSource } from '../blocks/shared-source';
import { pieceGrid, type ComponentPlan } from './component-plan';
import type { PieceGrid } from './piece-grid';

/** How the volume is read when its components are found. */
export interface ComponentInput {
  readonly source: SharedSource;
  readonly storage: Pick<PyramidStagePlan, 'storageShape' | 'storageOrigin'>;
  /** The data type of the blocks and of the dataset. */
  readonly dataType: DataType;
  readonly arenas: ArenaPool;
  /** Memory for joining, besides that of the blocks, which stays allocated. */
  readonly joiningBytes: number;
}

/** Returns the stages that decide which id each component gets: first for each block, then for the whole volume. */
export function componentStages(plan: ComponentPlan, input: ComponentInput): Stage[] {
  return [new FindStage(plan, input), new JoinStage(plan, input)];
}

/** Replaces the ids in a block of the volume with those of its components, in place. */
export async function relabelBlock(
  plan: ComponentPlan,
  grid: PieceGrid,
  block: SharedBlock,
  { pool, signal }: TaskContext,
): Promise<void> {
  await Promise.all(
    Array.from(grid.within(block.box), (piece) =>
      pool.run('relabel-components', { plan, block, piece }, signal),
    ),
  );
}

/** Reads the volume once and finds the components of each piece of it. */
class FindStage implements Stage {
  readonly name = 'components';
  readonly voxelCost = 1;
  readonly taskCount: number;
  readonly concurrency: number;
  private readonly blocks: BoxGrid;
  private readonly pieces: PieceGrid;

  constructor(
    private readonly plan: ComponentPlan,
    private readonly input: ComponentInput,
  ) {
    this.blocks = new BoxGrid(boxOfShape(plan.size), plan.block);
    this.pieces = pieceGrid(plan);
    this.taskCount = this.blocks.length;
    this.concurrency = Math.min(BLOCKS_IN_FLIGHT, this.taskCount);
  }

  workOf(task: number): number {
    return boxVolume(this.blocks.at(task));
  }

  coverage(task: number): { readonly scale: number; readonly box: Box } {
    return { scale: 0, box: this.blocks.at(task) };
  }

  async run(task: number, context: TaskContext): Promise<void> {
    const { plan, input } = this;
    const memory = await input.arenas.take();
    try {
      const box = this.blocks.at(task);
      const block = { memory, offsetBytes: 0, box, channels: 1, dataType: input.dataType };
      await loadBlock(input.source, block, input.storage, context);
      await Promise.all(
        Array.from(this.pieces.within(box), async (piece) => {
          context.report(await context.pool.run('find-components', { plan, block, piece }, context.signal));
        }),
      );
    } finally {
      input.arenas.giveBack(memory);
    }
  }
}

/** Joins the components of the pieces, in one step. */
class JoinStage implements Stage {
  readonly name = 'component-ids';
  readonly voxelCost = 0.05;
  readonly taskCount = 1;
  readonly concurrency = 1;

  constructor(
    private readonly plan: ComponentPlan,
    private readonly input: ComponentInput,
  ) {}

  workOf(): number {
    return product3(this.plan.size);
  }

  coverage(): { readonly scale: number; readonly box: Box } {
    return { scale: 0, box: boxOfShape(this.plan.size) };
  }

  async run(_task: number, { pool, signal, report }: TaskContext): Promise<void> {
    const { dataType, joiningBytes: maxBytes } = this.input;
    const request = { plan: this.plan, dataType, maxBytes };
    const { bytesWritten, made } = await pool.run('join-components', request, signal);
    report({ workVoxels: this.workOf(), bytesWritten, files: 1, made });
  }
}
