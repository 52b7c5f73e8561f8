import type { SourceReport } from '../../shared/api/contract-types';
import { toStudioError } from '../../shared/base/errors';
import { openSource } from '../sources/registry';
import type { GapPolicy } from '../sources/source-opener';
import type { VolumeSource } from '../sources/volume-source';
import { readSlice, type Slice } from './slice-reader';

type Kind = 'segmentation' | 'image';

/** Sources stay open for a while, as a slider through a stack asks for one slice after the other. */
const MAX_OPEN = 4;

interface OpenEntry {
  readonly key: string;
  readonly source: Promise<VolumeSource>;
  /** The last of the reads that go one after the other: a source's scratch memory serves one at a time. */
  lastRead: Promise<unknown>;
}

/** Looks at inputs before anything is converted. */
export class SourceDesk {
  private open: OpenEntry[] = [];

  /**
   * What is at `path`: labels if it can be, else grey values.
   * @throws what is wrong with it, all bad files in `details`
   */
  async inspect(path: string, gaps: GapPolicy): Promise<SourceReport> {
    this.forget(path);
    try {
      return report(path, 'segmentation', (await this.source(path, gaps, 'segmentation')).metadata);
    } catch (error) {
      const asImage = await this.source(path, gaps, 'image').catch(() => undefined);
      if (asImage === undefined) throw error;
      return { ...report(path, 'image', asImage.metadata), notLabels: toStudioError(error).message };
    }
  }

  async slice(path: string, gaps: GapPolicy, kind: Kind, z: number, maxSide: number): Promise<Slice> {
    const source = await this.source(path, gaps, kind);
    const entry = this.open.find(({ key }) => key === keyOf(path, gaps, kind));
    const read = (entry?.lastRead ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => readSlice(source, z, maxSide));
    if (entry !== undefined) entry.lastRead = read;
    return read;
  }

  private source(path: string, gaps: GapPolicy, kind: Kind): Promise<VolumeSource> {
    const key = keyOf(path, gaps, kind);
    const known = this.open.find((entry) => entry.key === key);
    if (known !== undefined) return known.source;
    const source = openSource(path, { gaps, kind });
    const entry: OpenEntry = { key, source, lastRead: source };
    this.open.push(entry);
    source.catch(() => this.drop(entry));
    for (const old of this.open.slice(0, -MAX_OPEN)) this.drop(old);
    return source;
  }

  /** Files may have changed since the last look. */
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

function keyOf(path: string, gaps: GapPolicy, kind: Kind): string {
  return `${path}\0${gaps}\0${kind}`;
}

function report(path: string, kind: Kind, metadata: VolumeSource['metadata']): SourceReport {
  const { format, size, dataType, channels, resolutionNm, voxelOffset, facts, passedOver } = metadata;
  return {
    path,
    kind,
    format,
    size: [...size],
    dataType,
    channels,
    ...(resolutionNm === undefined ? {} : { resolutionNm: [...resolutionNm] }),
    ...(voxelOffset === undefined ? {} : { voxelOffset: [...voxelOffset] }),
    facts: facts.map(([name, value]) => [name, value]),
    passedOver: [...passedOver],
  };
}
