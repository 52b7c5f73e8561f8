/**
 * Reads the header of a .npy file. The file holds the byte 0x93, "NUMPY", the major and minor version, and the length of
 * the header (little endian; 16 bits in version 1, 32 bits in later ones). The header is a Python dictionary
 * `{'descr': '<u8', 'fortran_order': False, 'shape': (3, 4, 5), }`. The array follows as it was in memory.
 *
 * Source: numpy, doc/neps/nep-0001-npy-format.rst.
 */
import type { DataType } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';

export interface NpyHeader {
  /** The type of the numbers; uint16 for half floats, whose bits it holds. */
  readonly dataType: DataType;
  /** NumPy's name of the type, such as <u8. */
  readonly typeName: string;
  readonly isHalf: boolean;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** The position of the array in the file. */
  readonly offsetBytes: number;
}

export const NPY_SIGNATURE = '\x93NUMPY';

/** Enough for the header of any array of numbers. */
export const NPY_HEAD_BYTES = 1 << 16;

const TYPES: Readonly<Record<string, DataType>> = {
  b1: 'uint8',
  u1: 'uint8',
  i1: 'int8',
  u2: 'uint16',
  f2: 'uint16',
  i2: 'int16',
  u4: 'uint32',
  i4: 'int32',
  u8: 'uint64',
  i8: 'int64',
  f4: 'float32',
  f8: 'float64',
};

/**
 * Parses a header. `where` names the file in messages.
 * @param head the first {@link NPY_HEAD_BYTES} bytes of the file, or the whole file if it is shorter
 */
export function parseNpyHeader(head: Buffer, where: string): NpyHeader {
  if (head.length < 12 || head.toString('latin1', 0, 6) !== NPY_SIGNATURE) {
    throw damaged(where, "it doesn't begin as one");
  }
  const isFirst = head[6] === 1;
  const start = isFirst ? 10 : 12;
  const offsetBytes = start + (isFirst ? head.readUInt16LE(8) : head.readUInt32LE(8));
  if (offsetBytes > head.length) throw damaged(where, 'its header is cut off or damaged');
  const text = head.toString('utf8', start, offsetBytes);
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (descr === null || order === undefined || shape === undefined) {
    throw damaged(where, `its header is damaged (${text.trim().slice(0, 100)})`);
  }
  const [byteOrder, type] = [descr[1]?.[0] ?? '', descr[1]?.slice(1) ?? ''];
  const dataType = TYPES[type];
  if (dataType === undefined) {
    if (type === 'O') {
      throw new UnsupportedError(`${where} holds Python objects (pickled), which are not supported.`, {
        remedy:
          "Save the array in them alone; of cellpose's _seg.npy: numpy.save('masks.npy', numpy.load('NAME_seg.npy', allow_pickle=True).item()['masks']).",
      });
    }
    throw new UnsupportedError(
      `${where} holds numbers of the type ${descr[1] ?? 'structure'}, which is not supported.`,
      {
        remedy: `Save it as integers or as float32: a.astype(numpy.${type.startsWith('f') ? 'float32' : 'uint64'}).`,
      },
    );
  }
  return {
    dataType,
    typeName: descr[1] ?? '',
    isHalf: type === 'f2',
    littleEndian: byteOrder !== '>',
    fortranOrder: order === 'True',
    shape: (shape.match(/\d+/g) ?? []).map(Number),
    offsetBytes,
  };
}

function damaged(where: string, what: string): InvalidInputError {
  return new InvalidInputError(`${where} is not a valid .npy file: ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
  });
}
