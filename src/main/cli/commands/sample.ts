import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { choiceValue, integerValue, sizeValue } from '../../../shared/api/option-values';
import { writeSampleStack } from '../../sources/sample';
import { parseFlags } from '../parse-flags';
import { localPath } from '../local-path';

const flagsSchema = z.object({
  size: sizeValue,
  dataType: choiceValue(['uint8', 'uint16', 'uint32', 'uint64']),
  seed: integerValue(0, 2 ** 32 - 1),
});

export function define(command: Command): void {
  command
    .argument('<dir>', 'New or empty folder for the slices', localPath)
    .addOption(new Option('--size <x,y,z>', 'Size in voxels.').default('512,512,128'))
    .addOption(
      new Option('--data-type <type>', 'Voxel type: uint8, uint16, uint32 or uint64.').default('uint64'),
    )
    .addOption(new Option('--seed <n>', 'Seed of the random tissue.').default('1'))
    .action(async (folder: string, flags: unknown) => {
      const options = parseFlags(flagsSchema, flags);
      await writeSampleStack(resolve(folder), options);
      console.log(`${resolve(folder)}: ${options.size.join(' × ')} voxels, ${options.dataType}`);
    });
}
