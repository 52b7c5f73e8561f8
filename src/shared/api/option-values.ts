/**
 * Schemas of option values in the form in which people write them ("0.798um", "64", "2,2,1", "4GiB") and in which
 * JSON contains them (numbers and arrays of numbers). A parsed value always has the JSON form.
 */
import { z } from 'zod';
import type { Vec3 } from '../base/vec3';
import { addressProblem, isAddress, localPathProblem } from './input-address';

const NANOMETRES: Readonly<Record<string, number>> = {
  '': 1,
  nm: 1,
  um: 1e3,
  µm: 1e3,
  μm: 1e3,
  micron: 1e3,
  mm: 1e6,
  a: 0.1,
  å: 0.1,
};

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Accepts a string, which it parses with `parse`, or the JSON form. `parse` returns undefined for text that it can't
 * read. `expected` continues "VALUE is not" in the message.
 */
export function readable<T>(
  parse: (text: string) => T | undefined,
  json: z.ZodType<T>,
  expected: string | ((given: string) => string),
) {
  return z.unknown().transform((value, context): T => {
    const parsed = json.safeParse(typeof value === 'string' ? parse(value.trim()) : value);
    if (parsed.success) return parsed.data;
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    const wanted = typeof expected === 'string' ? expected : expected(shown);
    context.addIssue({ code: 'custom', message: `'${shown}' is not ${wanted}` });
    return z.NEVER;
  });
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

interface Quantity {
  readonly value: number;
  /** The unit in lower case, or an empty string if there is none. */
  readonly unit: string;
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): Quantity | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-zµμåÅ]*)$/i.exec(text);
  if (match === null) return undefined;
  const unit = (match[2] ?? '').toLowerCase();
  const size = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (size === undefined) return undefined;
  // Rounded to 12 digits, because 0.798 × 1000 is 798.0000000000001 in binary.
  return { value: Number((Number(match[1]) * size).toPrecision(12)), unit };
}

/** Reports whether text is a number, with a unit of length or without: `8`, `-0.5`, `8nm`. */
export function isNumberOrLength(text: string): boolean {
  return parseQuantity(text, NANOMETRES) !== undefined;
}

/**
 * Parses three lengths in nanometres. Text with a unit on only some of them is refused: in "0.8,0.8,2um", 0.8 doesn't
 * mean 0.8 nm.
 */
function parseLengths(text: string): Vec3 | undefined {
  const lengths = parseTriple(text.replace(/\s+(?=[a-zµμåÅ])/gi, ''), (part) =>
    parseQuantity(part, NANOMETRES),
  );
  if (lengths === undefined) return undefined;
  const bare = lengths.filter(({ unit }) => unit === '').length;
  if (bare !== 0 && bare !== 3) return undefined;
  return [lengths[0].value, lengths[1].value, lengths[2].value];
}

function parseTriple<T>(
  text: string,
  parse: (part: string) => T | undefined,
): readonly [x: T, y: T, z: T] | undefined {
  const parts = text.split(/\s*[,x×]\s*|\s+/);
  const [x, y, z] = parts.map(parse);
  if (parts.length !== 3 || x === undefined || y === undefined || z === undefined) return undefined;
  return [x, y, z];
}

function tuple3(number: z.ZodType<number>): z.ZodType<Vec3> {
  return z.tuple([number, number, number]);
}

const MAX_COORDINATE = 2 ** 31;
const coordinate = z.int().min(-MAX_COORDINATE).max(MAX_COORDINATE);
const extent = z.int().min(1).max(4096);

/** Widths of voxels in nanometres beyond which the unit is doubtful: no microscope has smaller or larger voxels. */
export const USUAL_VOXEL_NM = { least: 0.05, most: 1e7 } as const;

/**
 * Nanometres per voxel: three lengths of up to a metre, all with a unit or all without ("0.798um,0.798um,2um",
 * "16,16,40").
 */
export const resolutionValue = readable(
  parseLengths,
  tuple3(z.number().min(1e-6).max(1e9)),
  'three lengths above 0, such as 16,16,40 (nanometres) or 0.8um,0.8um,2um',
);

/** A length in nanometres, above 0, with or without a unit ("40", "0.1um"). */
export const lengthValue = readable(
  (text) => parseQuantity(text, NANOMETRES)?.value,
  z.number().min(1e-6).max(1e9),
  'a length above 0, such as 40 (nanometres) or 0.1um',
);

/** A share above 0 and at most 1: "0.1", "10%". */
export const shareValue = readable(
  (text) => {
    const percent = /^(.*?)\s*%$/.exec(text)?.[1];
    const number = parseNumber(percent ?? text);
    return number === undefined
      ? undefined
      : Number((number / (percent === undefined ? 1 : 100)).toPrecision(12));
  },
  z.number().min(1e-6).max(1),
  'a share above 0 and up to 1, such as 0.1 or 10%',
);

export const offsetValue = readable(
  (text) => parseTriple(text, parseNumber),
  tuple3(coordinate),
  'three whole numbers, such as 0,0,0',
);

/** Voxels in x, y, z. A single number applies to all three. */
export const extentValue = readable(
  (text) => {
    const single = parseNumber(text);
    return single === undefined ? parseTriple(text, parseNumber) : ([single, single, single] as const);
  },
  tuple3(extent),
  'one or three whole numbers from 1 to 4096, such as 64 or 64,64,32',
);

export const sizeValue = readable(
  (text) => parseTriple(text, parseNumber),
  tuple3(z.int().min(1).max(MAX_COORDINATE)),
  'three whole numbers of at least 1, such as 512,512,128',
);

/** 'auto', or the factors of each step: "2,2,1" for all steps, "2,2,1;2,2,2" for one after the other. */
export const factorsValue = readable<'auto' | readonly Vec3[]>(
  (text) => {
    if (text === 'auto') return 'auto';
    const steps = text.split(';').map((step) => parseTriple(step.trim(), parseNumber));
    return steps.some((step) => step === undefined) ? undefined : (steps as Vec3[]);
  },
  z.union([z.literal('auto'), z.array(tuple3(z.int().min(1).max(64))).min(1)]),
  "'auto' or factors from 1 to 64, such as 2,2,1 or 2,2,1;2,2,2",
);

/** A whole number of bytes, with or without a unit ("4GiB", "500MB"). */
export const bytesValue = readable(
  (text) => {
    const bytes = parseQuantity(text, BYTES);
    return bytes === undefined ? undefined : Math.floor(bytes.value);
  },
  z.int().min(2 ** 20),
  'an amount of memory of at least 1MiB, such as 4GiB',
);

export function integerValue(min: number, max: number) {
  return readable(parseNumber, z.int().min(min).max(max), `a whole number from ${min} to ${max}`);
}

export const booleanValue = readable(
  (text) => ({ true: true, false: false })[text],
  z.boolean(),
  'true or false',
);

/** @param notOffered why other values that users may expect can't be chosen, and what to choose instead */
export function choiceValue<const T extends readonly string[]>(
  choices: T,
  notOffered: Readonly<Record<string, string>> = {},
) {
  return readable<T[number]>(
    (text) => choices.find((choice) => choice === text),
    z.enum(choices),
    (given) => {
      const reason = Object.hasOwn(notOffered, given) ? ` (${notOffered[given]})` : '';
      return `one of ${choices.join(', ')}${reason}`;
    },
  );
}

const givenPath = readable((text) => (text === '' ? undefined : text), z.string().min(1), 'a path');

/** A path on this machine. */
export const pathValue = givenPath.superRefine((path, context) => {
  const problem = localPathProblem(path);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** Reports whether a value lists ids itself. Otherwise it is the path of a file with ids. */
export function isListOfIds(text: string): boolean {
  return /^[\d\s,;]+$/.test(text);
}

/** A path, or an address on the web. */
export const inputValue = givenPath.superRefine((input, context) => {
  const problem = isAddress(input) ? addressProblem(input) : undefined;
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** Columns of a table by what they hold: `id=Root,label=Cell type`. */
export const columnsValue = readable(
  (text) => text.trim(),
  z
    .string()
    .regex(/^(id|label|description|tags|colour)=[^,=]+(,\s*(id|label|description|tags|colour)=[^,=]+)*$/),
  'columns by what they hold (id, label, description, tags, colour), such as id=Root,label=Cell type',
);

/** The names of an array's axes, the slowest index first. */
export const axesValue = readable(
  (text) => text.toLowerCase(),
  z.string().regex(/^(?!.*(.).*\1)[xyzct]{1,5}$/),
  'a letter of x, y, z, c, t for each axis, such as zyx',
);
