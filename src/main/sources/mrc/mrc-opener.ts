import { basename } from 'node:path';
import { denseOpener } from '../array/dense-opener';
import { denseMetadata } from '../array/dense-source';
import { timesTaken } from '../array/array-axes';
import { layOutArray, lengthWith } from '../array/packed-array';
import { contentHead, contentOf, contentStart } from '../deflate/gzip-file';
import { fileFingerprint, lookAtFile } from '../array/random-bytes';
import { isMrcHeader, MRC_HEADER_BYTES, parseMrcHeader } from './mrc-header';

/** Opens MRC files, which hold volumes of electron microscopy. The header names the axes. */
export const mrcOpener = denseOpener({
  format: 'mrc',
  title: 'an MRC or MAP file (.mrc, .map, .map.gz)',
  recognises: ({ head }) => isMrcHeader(contentHead(head)),
  async plan(path, options) {
    const file = await lookAtFile(path);
    const where = basename(path);
    const header = parseMrcHeader(await contentStart(file, MRC_HEADER_BYTES), where);
    const { counts, volumes } = header;
    const single = [counts[2] / volumes, counts[1], counts[0]];
    const shape = volumes === 1 ? single : [volumes, ...single];
    const names = volumes === 1 ? header.axes.toReversed() : ['t', ...header.axes.toReversed()];
    const bytes = await contentOf(file, lengthWith({ ...header, shape }), options);
    const { axes, layout } = layOutArray({ ...header, shape, order: 'C', names }, bytes, options, where);
    const storedAs = header.isHalf ? 'float16' : null;
    const metadata = denseMetadata(layout, storedAs, bytes, {
      format: 'MRC',
      ...(options.axes === undefined ? header.geometry : {}),
      takes: timesTaken(axes),
      facts: [
        ['axes', axes.description],
        ['byte order', header.littleEndian ? 'little endian' : 'big endian'],
        ...(header.isHalf ? [['numbers', 'float16'] as const] : []),
      ],
      passedOver: [],
      fingerprint: fileFingerprint(file),
    });
    return { format: 'mrc', bytes, layout, storedAs, metadata };
  },
});
