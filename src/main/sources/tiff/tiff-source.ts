import type { Box } from '../../../shared/base/box';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { clearBox } from '../../../shared/kernels/clear-box';
import { checkRead } from '../check-read';
import { eachSlice } from '../slices/each-slice';
import { accessTo } from '../slices/slice-access';
import { openSliceFiles } from '../slices/slice-files';
import { describeGrid } from '../slices/slice-grid';
import { changedSlice } from '../slices/stack-refusal';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { OpenFiles } from './open-files';
import { readSlice } from './read-slice';
import { sliceAt } from './slice-table';
import type { TiffHandle } from './stack-plan';
import type { PageLayout } from './tiff-page';
import { UnitPairs } from './unit-pairs';

/** A stack of TIFF slices, read strip by strip or tile by tile. */
export class TiffSource implements VolumeSource {
  readonly metadata: SourceMetadata;
  private readonly files: OpenFiles;

  constructor(readonly handle: TiffHandle) {
    this.metadata = handle.metadata;
    this.files = new OpenFiles(openSliceFiles(handle.files), accessTo(handle.files).openFiles);
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    const { planes, slicesAtOnce } = this.handle;
    const pairs = new UnitPairs();
    await eachSlice(box, slicesAtOnce, async (part) => {
      for (let plane = 0; plane < planes; plane++) {
        await this.readPlane(part, plane, planeOf(target, plane, planes), pairs);
      }
    });
    pairs.end();
  }

  async readChannel(channel: number, box: Box, target: VolumeBlock): Promise<void> {
    checkRead({ ...this.metadata, channels: 1 }, box, target);
    const { planes, slicesAtOnce } = this.handle;
    const perPlane = this.metadata.channels / planes;
    const plane = Math.floor(channel / perPlane);
    const pairs = new UnitPairs();
    await eachSlice(box, slicesAtOnce, (part) =>
      this.readPlane(part, plane, target, pairs, channel % perPlane),
    );
    pairs.end();
  }

  close(): Promise<void> {
    return this.files.close();
  }

  /** Reads a box that is one slice deep: all channels of one page, or only `channel`, counted within the page. */
  private async readPlane(
    box: Box,
    plane: number,
    target: VolumeBlock,
    pairs: UnitPairs,
    channel?: number,
  ): Promise<void> {
    const { slices, planes, packed } = this.handle;
    const ref = sliceAt(slices, box.min[2] * planes + plane);
    if (ref === null) return clearBox(target, box);
    await this.files.use(ref, async (slice) => {
      this.checkGrid(slice.name, slice.page.layout);
      await readSlice(slice, box, target, { isPacked: packed > 0, channel }, pairs);
    });
  }

  /** Checks that the page still fits the plan, because the file may have been replaced since. */
  private checkGrid(name: string, layout: PageLayout): void {
    const { size, dataType, channels } = this.metadata;
    const { packed, planes } = this.handle;
    const planned = describeGrid({
      width: size[0],
      height: size[1],
      dataType: packed > 0 ? 'uint8' : dataType,
      channels: packed > 0 ? packed : channels / planes,
    });
    const found = describeGrid(layout);
    if (planned === found) return;
    throw changedSlice(name, `was ${planned}`, found);
  }
}

/** Returns the part of a block that holds the channels of one page. */
function planeOf({ box, channels, data }: VolumeBlock, plane: number, planes: number): VolumeBlock {
  const length = data.length / planes;
  return { box, channels: channels / planes, data: data.subarray(plane * length, (plane + 1) * length) };
}
