import type { Box } from '../../../shared/base/box';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { clearBox } from '../../../shared/kernels/clear-box';
import { checkRead } from '../check-read';
import { eachSlice } from '../slices/each-slice';
import { describeGrid } from '../slices/slice-grid';
import { changedSlice } from '../slices/stack-refusal';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { OpenFiles } from './open-files';
import { readSlice } from './read-slice';
import { sliceAt } from './slice-table';
import type { TiffHandle } from './stack-plan';
import type { PageLayout } from './tiff-page';

/** A stack of TIFF slices, read strip by strip or tile by tile. */
export class TiffSource implements VolumeSource {
  readonly metadata: SourceMetadata;
  private readonly files: OpenFiles;

  constructor(readonly handle: TiffHandle) {
    this.metadata = handle.metadata;
    this.files = new OpenFiles(handle.files);
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    await eachSlice(box, this.handle.slicesAtOnce, (slice) => this.readPlanes(slice, target));
  }

  close(): Promise<void> {
    return this.files.close();
  }

  /** Reads a box that is one slice deep. */
  private async readPlanes(box: Box, target: VolumeBlock): Promise<void> {
    const { slices, planes } = this.handle;
    for (let plane = 0; plane < planes; plane++) {
      const ref = sliceAt(slices, box.min[2] * planes + plane);
      const channels = planeOf(target, plane, planes);
      if (ref === null) clearBox(channels, box);
      else {
        await this.files.use(ref, async (slice) => {
          this.checkGrid(slice.name, slice.page.layout);
          await readSlice(slice, box, channels, this.handle.packed > 0);
        });
      }
    }
  }

  /** A file may have been replaced since it was planned. */
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

/** The channels that one page of several has. */
function planeOf({ box, channels, data }: VolumeBlock, plane: number, planes: number): VolumeBlock {
  const length = data.length / planes;
  return { box, channels: channels / planes, data: data.subarray(plane * length, (plane + 1) * length) };
}
