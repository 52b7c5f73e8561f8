import { toStudioError, type StudioError } from '../../../shared/base/errors';
import { inLanes } from '../../../shared/base/in-lanes';
import { noteDigest } from '../slices/file-digest';
import { accessTo, inReadingOrder } from '../slices/slice-access';
import type { SliceFile, SliceFiles } from '../slices/slice-file';
import { openSliceFiles, type SliceFilesRef } from '../slices/slice-files';
import type { OpenOptions } from '../source-opener';
import { knowImage } from '../../codecs/images/image-codecs';
import type { ImageHeader } from '../../codecs/images/image-header';

/** What the header of one file contains. */
export interface ImageSummary {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Undefined if there is a `problem`. */
  readonly header: ImageHeader | undefined;
  readonly problem: string | undefined;
  /** Set if the file is undamaged but of a kind that isn't supported. The message is the `problem`. */
  readonly unsupported?: StudioError;
}

/** Reads the headers of the files `names`. Problems with a file are reported in its summary. */
export async function surveyImages(
  ref: SliceFilesRef,
  names: readonly string[],
  options: OpenOptions,
): Promise<ImageSummary[]> {
  const summaries: ImageSummary[] = new Array(names.length);
  const files = openSliceFiles(ref);
  try {
    await inLanes(inReadingOrder(ref, names), accessTo(ref).filesAtOnce, async ([i, name]) => {
      summaries[i] = await surveyImage(files, ref, name, options);
    });
    return summaries;
  } finally {
    await files.close();
  }
}

async function surveyImage(
  files: SliceFiles,
  ref: SliceFilesRef,
  name: string,
  { isForJob = false }: OpenOptions,
): Promise<ImageSummary> {
  try {
    const file = await files.open(name);
    try {
      const { sizeBytes, modifiedMs } = file;
      const { header } = await knowImage(file);
      if (isForJob) await noteDigest(ref, file, (offset, length) => partOf(file, offset, length));
      return { name, sizeBytes, modifiedMs, header, problem: undefined };
    } finally {
      await file.close();
    }
  } catch (error) {
    const known = toStudioError(error);
    const { tag, message } = known;
    if (tag === 'bug') throw error;
    const problem = message.startsWith(name) ? message : `${name}: ${message}`;
    const unsupported = tag === 'unsupported' ? { unsupported: known } : {};
    return { name, sizeBytes: 0, modifiedMs: 0, header: undefined, problem, ...unsupported };
  }
}

async function partOf(file: SliceFile, offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(lengthBytes);
  await file.read(offsetBytes, bytes);
  return bytes;
}
