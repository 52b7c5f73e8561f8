import { boxOfShape, intersectBoxes, isEmptyBox, translateBox, type Box } from '../../../shared/base/box';
import { InvalidInputError } from '../../../shared/base/errors';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { checkRead } from '../check-read';
import type { OpenOptions } from '../source-opener';
import type { SourceMetadata, TileGrid, VolumeSource } from '../volume-source';
import { SourceView, type ViewSpec } from './source-view';

export interface MosaicSpec extends ViewSpec, TileGrid {
  readonly kind: 'mosaic';
}

/**
 * Plans the view that joins tiles, if the slices of the source are tiles.
 * @throws InvalidInputError if their rows and columns are neither counted nor as far apart as a tile is long
 */
export function planMosaic(_options: OpenOptions, { mosaic, size }: SourceMetadata): MosaicSpec | undefined {
  if (mosaic === undefined) return undefined;
  requireAdjoining('columns', mosaic.columnStep, size[0]);
  requireAdjoining('rows', mosaic.rowStep, size[1]);
  return { kind: 'mosaic', ...mosaic };
}

function requireAdjoining(what: string, step: number, length: number): void {
  if (step <= 1 || step === length) return;
  const between = step < length ? `overlap by ${length - step}` : `have gaps of ${step - length}`;
  throw new InvalidInputError(
    `The numbers of the ${what} of tiles are ${step} apart, and a tile has ${length} voxels there: as positions, they ${between}.`,
    {
      remedy:
        'If the tiles overlap, stitch them first, such as with Fiji (Plugins > Stitching > Grid/Collection stitching), and give the result. If they lie side by side, count rows and columns in the names by ones: _Y0_X0, _Y0_X1.',
      fields: { code: 'bad-stack', options: ['tiles'] },
    },
  );
}

/** Shows the tiles of each section, which are consecutive slices of a source row by row, side by side as one slice. */
export class MosaicView extends SourceView {
  readonly metadata: SourceMetadata;
  readonly readChannel?: NonNullable<VolumeSource['readChannel']>;

  constructor(
    source: VolumeSource,
    private readonly spec: MosaicSpec,
  ) {
    super(source, spec);
    const { size, storageShape } = source.metadata;
    const { columns, rows } = spec;
    const depth = size[2] / (columns * rows);
    const isAligned = size[0] % storageShape[0] === 0 && size[1] % storageShape[1] === 0;
    const changed = this.changed(
      {
        size: [columns * size[0], rows * size[1], depth],
        storageShape: isAligned ? [storageShape[0], storageShape[1], 1] : [size[0], size[1], 1],
        mosaic: undefined,
      },
      ['tiles', `${columns} × ${rows} of ${size[0]} × ${size[1]} voxels, joined`],
    );
    const facts = changed.facts.filter(([name]) => name !== 'slices');
    this.metadata = { ...changed, facts: [['slices', String(depth)], ...facts] };
    const { readChannel } = source;
    if (readChannel !== undefined) {
      this.readChannel = (channel, box, target) => {
        checkRead({ ...this.metadata, channels: 1 }, box, target);
        return this.eachTile(box, target, (...part) => readChannel.call(source, channel, ...part));
      };
    }
  }

  read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    return this.eachTile(box, target, (...part) => this.source.read(...part));
  }

  /** Reads the parts of `box` that lie in different tiles, each with the target moved to where the source has the tile. */
  private async eachTile(
    box: Box,
    target: VolumeBlock,
    read: (box: Box, target: VolumeBlock) => Promise<void>,
  ): Promise<void> {
    const [width, height] = this.source.metadata.size;
    const { columns, rows } = this.spec;
    for (let z = box.min[2]; z < box.max[2]; z++) {
      for (let tile = 0; tile < columns * rows; tile++) {
        const corner = [(tile % columns) * width, Math.floor(tile / columns) * height, z] as const;
        const part = intersectBoxes(box, translateBox(boxOfShape([width, height, 1]), corner));
        if (isEmptyBox(part)) continue;
        const shift = [-corner[0], -corner[1], z * (columns * rows - 1) + tile] as const;
        await read(translateBox(part, shift), { ...target, box: translateBox(target.box, shift) });
      }
    }
  }
}
