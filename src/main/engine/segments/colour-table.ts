import { rgbColour } from '../../../shared/precomputed/segment-colour';

/**
 * A row of ITK-SNAP: index, red, green, blue, alpha, whether it is shown, whether it has a mesh, and the name in
 * quotes.
 */
const ITK_SNAP_ROW =
  /^\s*(?<id>\d+)\s+(?<red>[\d.]+)\s+(?<green>[\d.]+)\s+(?<blue>[\d.]+)\s+[\d.]+\s+\d\s+\d\s+"(?<name>[^"]*)"\s*$/;
/** A row of FreeSurfer and Slicer: index, name without spaces, red, green, blue, alpha. */
const COLOUR_ROW = /^\s*(?<id>\d+)\s+(?<name>\S+)\s+(?<red>\d+)\s+(?<green>\d+)\s+(?<blue>\d+)\s+\d+\s*$/;

/**
 * Returns a colour table of ITK-SNAP, FreeSurfer or Slicer as rows below names of columns; undefined for other files.
 * 0 is the background, whatever its name.
 */
export function colourTable(text: string): string[][] | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const pattern = [ITK_SNAP_ROW, COLOUR_ROW].find((row) => row.test(lines[0] ?? ''));
  if (pattern === undefined || !lines.every((line) => pattern.test(line))) return undefined;
  const rows = lines.map((line) => {
    const { id = '', name = '', red, green, blue } = pattern.exec(line)?.groups ?? {};
    return [id, name, rgbColour([red, green, blue].map(Number), 255) ?? ''];
  });
  return [['id', 'label', 'colour'], ...rows.filter(([id]) => Number(id) !== 0)];
}
