/**
 * Reads lists of names that are JSON: BrainGlobe's structures.json (a list of structures with `id`, `acronym`, `name` and
 * `rgb_triplet`), and the ontology of the Allen Institute (a tree: a structure's `children` are structures).
 *
 * Sources: https://brainglobe.info/documentation/brainglobe-atlasapi/adding-a-new-atlas.html;
 * http://api.brain-map.org/api/v2/structure_graph_download/1.json
 */
import { parseJson } from '../../../shared/base/parse-json';

type Structure = Readonly<Record<string, unknown>>;

/** Matches texts, and whole numbers that may be ids which JavaScript's numbers don't hold exactly. */
const TEXT_OR_LARGE = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])\d{16,20}(?:\.0+)?(?![\d.eE])/g;

/** Returns the structures as rows of a table, the names of the columns first. Undefined if the text isn't such JSON. */
export function jsonTable(text: string): string[][] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const structures = [...structuresIn(parseJson(withExactIds(text)))];
  if (structures.length === 0) return undefined;
  const columns = [...new Set(structures.flatMap((structure) => Object.keys(structure)))];
  const used = columns.filter((name) => name !== 'children');
  return [used, ...structures.map((structure) => used.map((name) => cellOf(structure[name])))];
}

function withExactIds(text: string): string {
  return text.replace(TEXT_OR_LARGE, (part) => (part.startsWith('"') ? part : `"${part}"`));
}

function* structuresIn(json: unknown): Generator<Structure> {
  if (Array.isArray(json)) for (const item of json as unknown[]) yield* structuresIn(item);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return;
  const structure = json as Structure;
  if ('id' in structure) yield structure;
  yield* structuresIn(structure['msg']);
  yield* structuresIn(structure['children']);
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}
