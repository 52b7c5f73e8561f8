/** Formats quantities for people, in the same way in the terminal and in the app. */

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Formats a size as in `1.5 GiB`, with three digits. */
export function formatBytes(bytes: number): string {
  return inUnits(bytes, 1024, BYTE_UNITS);
}

const COUNT_UNITS = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** Formats a count as in `12.3 M`, with three digits. */
export function formatCount(count: number): string {
  return inUnits(count, 1000, COUNT_UNITS).trim();
}

/** Formats a number with its noun, as in `1 file` or `12 files`: exactly, unless `format` is {@link formatCount}. */
export function counted(count: number, noun: string, format: (count: number) => string = String): string {
  return `${format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Formats a duration as in `3.2 s`, `45 s`, `3 min 20 s` or `2 h`, by at most two units. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 10 && milliseconds < 9950) return `${Math.round(milliseconds / 100) / 10} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return withRest(`${minutes} min`, seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return withRest(`${hours} h`, minutes % 60, 'min');
  return withRest(`${Math.floor(hours / 24)} d`, hours % 24, 'h');
}

/** Formats an estimate of the remaining time in whole seconds, as in `45 s left`. Its last second isn't counted. */
export function formatTimeLeft(milliseconds: number): string {
  return isAlmostDone(milliseconds)
    ? 'almost done'
    : `${formatDuration(1000 * Math.round(milliseconds / 1000))} left`;
}

/** Reports whether an estimate of the remaining time is too short to be shown as a duration. */
export function isAlmostDone(milliseconds: number): boolean {
  return milliseconds < 1000;
}

function withRest(whole: string, rest: number, unit: string): string {
  return rest === 0 ? whole : `${whole} ${rest} ${unit}`;
}

const LENGTH_UNITS = ['nm', 'µm', 'mm', 'm'] as const;

/** Formats a length as in `250 nm` or `1.5 µm`, with three digits. */
export function formatLengthNm(nanometres: number): string {
  return `${nanometres < 0 ? '-' : ''}${inUnits(Math.abs(nanometres), 1000, LENGTH_UNITS)}`;
}

/** Formats a value with three digits, in the largest of the units in which it is at least 1. Each is `step` of the one before it. */
function inUnits(value: number, step: number, units: readonly string[]): string {
  let unit = 0;
  // What rounds to a whole larger unit is 1 of that.
  while (Math.round(value) >= step && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${Number.isInteger(value) ? value : value.toFixed(decimals)} ${units[unit] ?? ''}`;
}
