import type { Vec3 } from '../../shared/base/vec3';
import { openSource } from '../sources/registry';
import { sampleValues } from '../sources/value-sample';
import type { SourceMetadata } from '../sources/volume-source';

/** What is known of an input before it is converted. */
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
  /** Of a sample, one for each channel. */
  readonly values: readonly { readonly least: number; readonly most: number; readonly different: number }[];
}

/** Opens an input, as labels where that can be, else as an image. */
export async function lookAtInput(path: string, dataset: string | undefined): Promise<InputReport> {
  const options = dataset === undefined ? {} : { dataset };
  const source = await openSource(path, options).catch(() => openSource(path, { ...options, kind: 'image' }));
  try {
    const { metadata } = source;
    const samples = await sampleValues(source);
    const values = samples.map((sample) => ({
      least: sample.reduce((least, value) => Math.min(least, value), Infinity),
      most: sample.reduce((most, value) => Math.max(most, value), -Infinity),
      different: new Set(sample).size,
    }));
    const { format, size, dataType, channels, facts, passedOver } = metadata;
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
      values,
    };
  } finally {
    await source.close();
  }
}

/** What `info` prints of it for people. */
export function describeInput(input: InputReport): string {
  const { path, format, size, dataType, channels, channelNames, resolutionNm, voxelOffset } = input;
  const names = channelNames === undefined ? '' : `: ${channelNames.join(', ')}`;
  return [
    `${path}: ${format}, ${size.join(' × ')} voxels, ${dataType}, ${channels} channel${channels === 1 ? '' : 's'}${names}`,
    `  size of a voxel: ${resolutionNm === undefined ? 'unknown' : `${resolutionNm.join(' × ')} nm`}`,
    `  voxel offset: ${voxelOffset?.join(', ') ?? 'unknown'}`,
    ...input.facts.map(([name, value]) => `  ${name}: ${value}`),
    ...input.values.map(
      ({ least, most, different }, i) =>
        `  values of a sample${channels === 1 ? '' : `, channel ${i}`}: ${least} to ${most}, ${different} different`,
    ),
    ...input.passedOver.map((what) => `  passed over: ${what}`),
  ].join('\n');
}
