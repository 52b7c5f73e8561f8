import { resolve } from 'node:path';
import { z } from 'zod';
import { version } from '../../../package.json';
import { equal3 } from '../../shared/base/vec3';
import { getUncompressed } from '../stores/compression';
import { LocalFolderStore } from '../stores/local-folder';
import type { ConversionPlan } from './conversion-plan';
import { outputSettings } from './output-settings';

/**
 * The text of a dataset's `provenance` file, with the fields that cloud-volume gives it. It holds all that
 * decides the dataset's bytes and nothing else (no time, no user, no machine's workers), so that the same job
 * writes the same file.
 */
export function formatProvenance({ spec, source, volume }: ConversionPlan): string {
  const provenance = {
    description: '',
    owners: [],
    sources: [outputSettings(spec)['input']],
    processing: [
      {
        by: `precomputed-studio ${version}`,
        method: {
          task: 'convert',
          options: outputSettings(spec),
          input: {
            format: source.format,
            size: source.size,
            dataType: source.dataType,
            fingerprint: source.fingerprint,
          },
          downsample: {
            method: volume.method,
            ignoreBackground: volume.ignoreBackground,
            factors: volume.pyramid
              .map(({ factors }) => factors)
              .filter((factors) => !equal3(factors, [1, 1, 1])),
          },
          skipEmpty: spec.skipEmpty,
        },
      },
    ],
  };
  return `${JSON.stringify(provenance, null, 2)}\n`;
}

const sourcesSchema = z.object({ sources: z.tuple([z.string()]) });

/** True for a dataset that this program made from `input`. */
export async function madeFrom(dataset: string, input: string): Promise<boolean> {
  const bytes = await getUncompressed(new LocalFolderStore(dataset), 'provenance');
  if (bytes === undefined) return false;
  try {
    return sourcesSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).sources[0] === resolve(input);
  } catch {
    return false;
  }
}
