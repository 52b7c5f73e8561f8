import type { Box } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { clearBox } from '../../../shared/kernels/clear-box';
import { checkRead } from '../check-read';
import { eachSlice } from '../slices/each-slice';
import type { SliceFiles } from '../slices/slice-file';
import { openSliceFiles } from '../slices/slice-files';
import { describeGrid } from '../slices/slice-grid';
import { changedSlice } from '../slices/stack-refusal';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { gridOf } from './colour-plan';
import { knowImage } from '../../codecs/images/image-codecs';
import type { DecodedImage } from '../../codecs/images/image-header';
import type { ImageHandle } from './image-plan';
import { placeImage } from './place-image';

/** A stack of images, each decoded as a whole. */
export class ImageSource implements VolumeSource {
  readonly metadata: SourceMetadata;
  private readonly files: SliceFiles;

  constructor(readonly handle: ImageHandle) {
    this.metadata = handle.metadata;
    this.files = openSliceFiles(handle.files);
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    await eachSlice(box, this.handle.slicesAtOnce, (slice) => this.readSlice(slice, target));
  }

  close(): Promise<void> {
    return this.files.close();
  }

  private async readSlice(box: Box, target: VolumeBlock): Promise<void> {
    const z = box.min[2];
    const name = this.handle.names[z];
    if (name === undefined) throw new BugError(`the stack has no slice ${z}`);
    if (name === null) {
      clearBox(target, box);
      return;
    }
    const image = await this.decode(name, z);
    placeImage(image, this.handle, box, target, name);
  }

  private async decode(name: string, z: number): Promise<DecodedImage> {
    const size = this.handle.sizes[z];
    const file = await this.files.open(name);
    try {
      if (file.sizeBytes !== size) throw changedSlice(name, `had ${size} bytes`, String(file.sizeBytes));
      const image = await knowImage(file);
      this.checkGrid(name, image.header);
      const bytes = Buffer.allocUnsafeSlow(file.sizeBytes);
      await file.read(0, bytes);
      return await image.decode(bytes);
    } finally {
      await file.close();
    }
  }

  /** Checks that the image still fits the plan, because the file may have been replaced since. */
  private checkGrid(name: string, header: DecodedImage['header']): void {
    const { size, dataType, channels } = this.metadata;
    const planned = describeGrid({ width: size[0], height: size[1], dataType, channels });
    const found = describeGrid(gridOf(header, this.handle.take));
    if (planned !== found) throw changedSlice(name, `was ${planned}`, found);
  }
}
