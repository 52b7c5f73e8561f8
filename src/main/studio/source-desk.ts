import type { SourceReport, SourceRequest } from '../../shared/api/contract-types';
import { isInteger } from '../../shared/base/data-type';
import { InvalidInputError, serializeError } from '../../shared/base/errors';
import { openSource } from '../sources/registry';
import { FloatView } from '../sources/views/float-view';
import type { VolumeSource } from '../sources/volume-source';
import { guessKind } from '../sources/guess-kind';
import { seriesOf } from '../sources/slices/slice-series';
import { readSlice, type Slice } from './slice-reader';

type Kind = 'segmentation' | 'image';

/** Sources stay open for a while, because a slider through a stack asks for many slices in sequence. */
const MAX_OPEN = 4;

interface OpenEntry {
  readonly key: string;
  readonly source: Promise<VolumeSource>;
  /**
   * The last read. Reads are done one after the other, because a source's scratch memory can only serve one at a
   * time.
   */
  lastRead: Promise<unknown>;
}

/** Inspects inputs before they are converted. */
export class SourceDesk {
  private open: OpenEntry[] = [];

  /**
   * Reports what the input is. Its kind is what the input says; otherwise what its voxels look like; otherwise labels
   * if possible, or else grey values.
   * @throws an error that says what is wrong with the input, with all bad files in `details`
   */
  async inspect(request: SourceRequest): Promise<SourceReport> {
    const found = await this.look(request);
    const series = found.size[2] === 1 ? await seriesOf(request.path) : undefined;
    return { ...found, ...(series === undefined ? {} : { series }) };
  }

  private async look(request: SourceRequest): Promise<SourceReport> {
    this.forget(request.path);
    // Labels have no contrast to set, so an input with such an option has already been found to be an image.
    if (request.window !== undefined || request.normalize !== undefined) {
      return report(request, 'image', (await this.source(request, 'image')).metadata);
    }
    try {
      const source = await this.source(request, 'segmentation');
      const { metadata } = source;
      // Floats may be ids if all of them are whole numbers, but mostly they are grey values.
      if (source instanceof FloatView) {
        return report(request, 'image', (await this.source(request, 'image')).metadata);
      }
      if (!isInteger(metadata.dataType)) {
        throw new InvalidInputError(`The voxels are ${metadata.dataType}, and not all are whole numbers.`);
      }
      const guess = await guessKind(source);
      if (guess !== undefined) return { ...report(request, guess.kind, metadata), isGuess: true };
      return report(request, metadata.kind ?? 'segmentation', metadata);
    } catch (error) {
      const asImage = await this.source(request, 'image').catch(() => undefined);
      if (asImage === undefined) throw error;
      return { ...report(request, 'image', asImage.metadata), notLabels: serializeError(error) };
    }
  }

  async slice(request: SourceRequest, kind: Kind, z: number, maxSide: number): Promise<Slice> {
    const source = await this.source(request, kind);
    const entry = this.open.find(({ key }) => key === keyOf(request, kind));
    const read = (entry?.lastRead ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => readSlice(source, z, maxSide));
    if (entry !== undefined) entry.lastRead = read;
    return read;
  }

  private source(request: SourceRequest, kind: Kind): Promise<VolumeSource> {
    const key = keyOf(request, kind);
    const known = this.open.find((entry) => entry.key === key);
    if (known !== undefined) return known.source;
    const { path, ...options } = request;
    const source = openSource(path, { ...options, kind });
    const entry: OpenEntry = { key, source, lastRead: source };
    this.open.push(entry);
    source.catch(() => this.drop(entry));
    for (const old of this.open.slice(0, -MAX_OPEN)) this.drop(old);
    return source;
  }

  /** Files may have changed since the last inspection. */
  private forget(path: string): void {
    for (const entry of this.open.filter(({ key }) => key.startsWith(`${path}\0`))) this.drop(entry);
  }

  private drop(entry: OpenEntry): void {
    this.open = this.open.filter((other) => other !== entry);
    void entry.lastRead
      .catch(() => undefined)
      .then(async () => (await entry.source).close())
      .catch(() => undefined);
  }
}

function keyOf({ path, ...options }: SourceRequest, kind: Kind): string {
  return [path, JSON.stringify(options), kind].join('\0');
}

function report({ path }: SourceRequest, kind: Kind, metadata: VolumeSource['metadata']): SourceReport {
  const { format, size, dataType, channels, resolutionNm, voxelOffset, facts, passedOver } = metadata;
  const { takes = [] } = metadata;
  return {
    path,
    kind,
    format,
    size: [...size],
    dataType,
    channels,
    ...(resolutionNm === undefined ? {} : { resolutionNm: [...resolutionNm] }),
    ...(voxelOffset === undefined ? {} : { voxelOffset: [...voxelOffset] }),
    takes: channels > 1 ? [...takes, 'channel'] : [...takes],
    facts: facts.map(([name, value]) => [name, value]),
    passedOver: [...passedOver],
  };
}
