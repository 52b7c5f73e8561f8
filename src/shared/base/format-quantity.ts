/** Formats quantities for people, in the same way in the terminal and in the app. */

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Formats a size as in `1.5 GiB`, with three digits. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${trimDigits(value)} ${BYTE_UNITS[unit] ?? ''}`;
}

const COUNT_UNITS = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** Formats a count as in `12.3 M`, with three digits. */
export function formatCount(count: number): string {
  let unit = 0;
  let value = count;
  while (value >= 1000 && unit < COUNT_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${trimDigits(value)} ${COUNT_UNITS[unit] ?? ''}`.trim();
}

/** Formats a number with its noun, as in `1 file` or `12 files`: exactly, unless `format` is {@link formatCount}. */
export function counted(count: number, noun: string, format: (count: number) => string = String): string {
  return `${format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Formats a duration as in `45 s`, `3 min 20 s` or `2 h 5 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 10 && milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function trimDigits(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const LENGTH_UNITS = ['nm', 'µm', 'mm', 'm'] as const;

/** Formats a length as in `250 nm` or `1.5 µm`, with three digits. */
export function formatLengthNm(nanometres: number): string {
  let unit = 0;
  let value = Math.abs(nanometres);
  while (value >= 1000 && unit < LENGTH_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${nanometres < 0 ? '-' : ''}${trimDigits(value)} ${LENGTH_UNITS[unit] ?? ''}`;
}
