import { EXPORT_FORMATS, type ExportFormat } from '../../shared/api/export-spec';
import { bytesPerVoxel } from '../../shared/base/data-type';
import { boxShape, boxVolume, type Box } from '../../shared/base/box';
import type { Vec3 } from '../../shared/base/vec3';
import type { ScaleInfo } from '../../shared/precomputed/volume-info';
import { boundsOf, boxOfCorners, cropOf, partOfScale } from './export-region';
import type { PreviewLayer } from './preview.svelte';

type Corners = [string, string, string];

/** An export while it is being set up: a part of a layer that is shown, and the file to write. */
export class ExportDraft {
  format = $state<ExportFormat>('tiff');
  /** Index of the scale, as text. */
  scale = $state('0');
  /** First and last voxel on each axis, as typed, in the voxels of the viewer. The last one is part of the region. */
  from = $state<Corners>(['', '', '']);
  to = $state<Corners>(['', '', '']);
  isCompact = $state(false);
  /** '' for all channels. */
  channel = $state('');
  folder = $state('');
  name = $state('');

  /**
   * @param resolutionNm size of the viewer's voxels
   * @param folder initial folder of the file
   */
  constructor(
    readonly layer: PreviewLayer,
    private readonly resolutionNm: Vec3,
    folder: string,
  ) {
    this.folder = folder;
    this.name = layer.name;
    this.takeAll();
  }

  get isLabels(): boolean {
    return this.layer.info.type === 'segmentation';
  }

  get channels(): number {
    return this.layer.info.num_channels;
  }

  get ending(): string {
    return EXPORT_FORMATS[this.format].endings[0];
  }

  get output(): string {
    return `${this.folder.trim().replace(/[/\\]$/, '')}/${this.name.trim()}${this.ending}`;
  }

  takeAll(): void {
    this.setRegion(this.bounds);
  }

  /** Sets the region to the box between two corners that were marked in the preview. */
  takeCorners(a: Vec3, b: Vec3): void {
    this.setRegion(boxOfCorners(a, b, this.bounds));
  }

  /** Shape of the file, and its size before compression; undefined if the region holds no voxel. */
  get size(): { readonly voxels: Vec3; readonly bytes: number } | undefined {
    const { part } = this;
    if (part === undefined) return undefined;
    const channels = this.channel === '' ? this.channels : 1;
    const bytes = boxVolume(part) * channels * bytesPerVoxel(this.layer.info.data_type);
    return { voxels: boxShape(part), bytes };
  }

  /** The ExportSpec. */
  get spec(): Record<string, unknown> {
    const { part, chosen } = this;
    const roi = part && chosen && cropOf(part, chosen);
    return {
      kind: 'export',
      dataset: this.layer.path,
      output: this.output,
      format: this.format,
      scale: this.scale,
      ids: this.isLabels && this.isCompact ? 'compact' : 'keep',
      ...(roi === undefined ? {} : { roi }),
      ...(this.channel === '' ? {} : { channel: this.channel }),
    };
  }

  private get chosen(): ScaleInfo | undefined {
    return this.layer.info.scales[Number(this.scale)];
  }

  private get bounds(): Box {
    const [finest] = this.layer.info.scales;
    return finest === undefined ? { min: [0, 0, 0], max: [0, 0, 0] } : boundsOf(finest, this.resolutionNm);
  }

  /** The region in voxels of the scale. */
  private get part(): Box | undefined {
    const region = this.region;
    if (region === undefined || this.chosen === undefined) return undefined;
    const part = partOfScale(region, this.resolutionNm, this.chosen);
    return boxVolume(part) === 0 ? undefined : part;
  }

  private get region(): Box | undefined {
    const texts = [...this.from, ...this.to];
    if (texts.some((text) => !/^\s*-?\d+\s*$/.test(text))) return undefined;
    const [x0 = 0, y0 = 0, z0 = 0, x1 = 0, y1 = 0, z1 = 0] = texts.map(Number);
    return { min: [x0, y0, z0], max: [x1 + 1, y1 + 1, z1 + 1] };
  }

  private setRegion({ min, max }: Box): void {
    const text = (position: Vec3, less: number): Corners => [
      String(position[0] - less),
      String(position[1] - less),
      String(position[2] - less),
    ];
    this.from = text(min, 0);
    this.to = text(max, 1);
  }
}
