import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { choiceValue, integerValue, sizeValue } from '../../../shared/api/option-values';
import { InvalidInputError } from '../../../shared/base/errors';
import { PHANTOM_TYPES } from '../../../shared/kernels/phantom/segment-ids';
import { writeSampleStack } from '../../sources/sample';
import { parseFlags } from '../parse-flags';
import { localPath } from '../local-path';
import { withChoices } from '../with-choices';

const flagsSchema = z.object({
  size: sizeValue,
  type: choiceValue(['segmentation', 'image']),
  dataType: choiceValue(PHANTOM_TYPES).optional(),
  seed: integerValue(0, 2 ** 32 - 1),
});

export function define(command: Command): void {
  command
    .argument('<dir>', 'New or empty folder for the slices', localPath)
    .addOption(new Option('--size <x,y,z>', 'Size in voxels.').default('512,512,128'))
    .addOption(
      withChoices(
        new Option(
          '--type <kind>',
          'Segment ids (segmentation), or greys of 8 bits like those of EM (image).',
        ).default('segmentation'),
        ['segmentation', 'image'],
      ),
    )
    .addOption(
      withChoices(new Option('--data-type <type>', 'Type of segment ids. (default: uint64)'), PHANTOM_TYPES),
    )
    .addOption(new Option('--seed <n>', 'Seed of the random tissue.').default('1'))
    .action(async (folder: string, flags: unknown) => {
      const { size, seed, type, dataType } = parseFlags(flagsSchema, flags);
      const isImage = type === 'image';
      if (isImage && dataType !== undefined) {
        throw new InvalidInputError('--data-type is for segment ids. A sample with --type image is uint8.', {
          remedy: 'Leave out --data-type.',
          fields: { usage: true },
        });
      }
      const voxels = isImage ? ({ type } as const) : { dataType: dataType ?? ('uint64' as const) };
      await writeSampleStack(resolve(folder), { size, seed, ...voxels });
      console.log(`${resolve(folder)}: ${size.join(' × ')} voxels, ${voxels.dataType ?? 'uint8'}`);
    });
}
