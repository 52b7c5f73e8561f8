import type { ConvertSpec } from '../../shared/api/job-spec';
import { set } from '../../shared/api/mentions';
import { InvalidInputError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { seriesOf } from '../sources/slices/slice-series';
import type { SourceMetadata } from '../sources/volume-source';

/**
 * Refuses an input that is one of several numbered slices, unless a crop says that this one is meant: a shell or a file
 * dialog easily names one slice where the stack is meant.
 *
 * @throws InvalidInputError, a usage error, that says how to convert either
 */
export async function requireWholeStack(
  { input, roi }: ConvertSpec,
  { size }: SourceMetadata,
): Promise<void> {
  const series = size[2] === 1 && roi === undefined ? await seriesOf(input) : undefined;
  if (series === undefined) return;
  const { folder, slices } = series;
  throw new InvalidInputError(`${input} is one of ${slices} slices in the folder ${folder}.`, {
    remedy: say`Give the folder to convert all of them, or add ${set('roi', ':,:,0:1')} to convert this slice alone.`,
    fields: { code: 'one-of-many-slices', usage: true, options: ['roi'], folder, slices },
  });
}
