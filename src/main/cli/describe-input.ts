import type { VoxelArray } from '../../shared/base/data-type';
import { counted } from '../../shared/base/format-quantity';
import type { Vec3 } from '../../shared/base/vec3';
import { openSource } from '../sources/registry';
import type { OpenOptions } from '../sources/source-opener';
import { sampleVoxels } from '../sources/value-sample';
import type { SourceMetadata } from '../sources/volume-source';

/** What is known about an input before it is converted. */
interface InputReport {
  readonly path: string;
  readonly format: string;
  readonly size: Vec3;
  readonly dataType: string;
  readonly channels: number;
  readonly kind: SourceMetadata['kind'];
  readonly channelNames: readonly string[] | undefined;
  readonly resolutionNm: Vec3 | undefined;
  readonly voxelOffset: Vec3 | undefined;
  readonly orientation: string | undefined;
  readonly facts: SourceMetadata['facts'];
  readonly passedOver: readonly string[];
  readonly notes: readonly string[];
  /** Summaries of sampled values, one for each channel. */
  readonly values: readonly ValueSummary[];
}

/** 64-bit integers are decimal strings, because JSON's numbers are exact only up to 2^53. */
interface ValueSummary {
  readonly least: number | string | undefined;
  readonly most: number | string | undefined;
  readonly different: number;
}

/** Opens an input as labels if possible, otherwise as an image, and describes it. */
export async function reportInput(
  path: string,
  options: Pick<OpenOptions, 'dataset' | 'access'>,
): Promise<InputReport> {
  const source = await openSource(path, options).catch(() => openSource(path, { ...options, kind: 'image' }));
  try {
    const { metadata } = source;
    const values = (await sampleVoxels(source)).map(summarize);
    const { format, size, dataType, channels, facts, passedOver, notes = [] } = metadata;
    const { kind, channelNames, resolutionNm, voxelOffset, orientation } = metadata;
    return {
      path,
      format,
      size,
      dataType,
      channels,
      kind,
      channelNames,
      resolutionNm,
      voxelOffset,
      orientation,
      facts,
      passedOver,
      notes,
      values,
    };
  } finally {
    await source.close();
  }
}

function summarize(sample: VoxelArray): ValueSummary {
  // Every comparison with NaN is false.
  const numbers = sample.filter((value: number | bigint) => value >= 0 || value < 0).sort();
  const exact = (value: number | bigint | undefined) => (typeof value === 'bigint' ? String(value) : value);
  return {
    least: exact(numbers[0]),
    most: exact(numbers.at(-1)),
    different: new Set<number | bigint>(numbers).size,
  };
}

/** Formats the report for people, as `info` prints it. */
export function describeInput(input: InputReport): string {
  const { path, format, size, dataType, channels, channelNames, resolutionNm, voxelOffset } = input;
  const names = channelNames === undefined ? '' : `: ${channelNames.join(', ')}`;
  return [
    `${path}: ${format}, ${size.join(' × ')} voxels, ${dataType}, ${counted(channels, 'channel')}${names}`,
    `  size of a voxel: ${resolutionNm === undefined ? 'unknown' : `${resolutionNm.join(' × ')} nm`}`,
    `  voxel offset: ${voxelOffset?.join(', ') ?? 'unknown'}`,
    ...input.facts.map(([name, value]) => `  ${name}: ${value}`),
    ...input.values.map(
      ({ least, most, different }, i) =>
        `  values in a sample${channels === 1 ? '' : `, channel ${i}`}: ${least === undefined ? 'none is a number' : `${least} to ${most}, ${different} different`}`,
    ),
    ...input.passedOver.map((what) => `  ignored: ${what}`),
    ...input.notes.map((note) => `  note: ${note}`),
  ].join('\n');
}
