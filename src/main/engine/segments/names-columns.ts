import { parseColour, rgbColour } from '../../../shared/precomputed/segment-colour';
import type { NamedSegment } from '../../../shared/precomputed/segment-properties';

/** What a column may hold, with the names by which it is found unless the user names it. */
const ALIASES = {
  id: ['id'],
  label: ['label', 'name'],
  description: ['description', 'acronym'],
  tags: [],
  colour: ['colour', 'color', 'color_hex_triplet', 'rgb_triplet', 'rgb', 'hex'],
} as const;
type Role = keyof typeof ALIASES;

/** The three columns of a colour whose parts have one each. */
const PARTS = [
  ['red', 'green', 'blue'],
  ['r', 'g', 'b'],
] as const;

/** Finds what the columns of a table of names hold, by the names in its first line. */
export class NamesColumns {
  /** The names in lower case, in which they are looked for. */
  private readonly names: readonly string[];
  private readonly places: Readonly<Record<Role, readonly number[]>>;
  private readonly parts: readonly number[];

  /** @param given names of columns that the user says, by what they hold */
  constructor(
    private readonly header: readonly string[],
    given: ReadonlyMap<string, string>,
  ) {
    this.names = header.map((name) => name.trim().toLowerCase());
    const place = (role: Role): number[] => {
      const said = given.get(role)?.toLowerCase();
      const found = said === undefined ? ALIASES[role].find((name) => this.names.includes(name)) : said;
      const at = this.names.findIndex((name) => name === found);
      return at < 0 ? [] : [at];
    };
    const tagged = this.names.flatMap((name, i) => (name.startsWith('tag') ? [i] : []));
    this.places = {
      id: place('id'),
      label: place('label'),
      description: place('description'),
      tags: given.has('tags') ? place('tags') : tagged,
      colour: place('colour'),
    };
    const parts = PARTS.map((three) => three.map((name) => this.names.indexOf(name)));
    this.parts = parts.find((three) => three.every((at) => at >= 0)) ?? [];
  }

  get count(): number {
    return this.names.length;
  }

  has(role: Role): boolean {
    return this.places[role].length > 0 || (role === 'colour' && this.parts.length > 0);
  }

  /** The names of the columns that aren't used. */
  get others(): string[] {
    const used = new Set([...Object.values(this.places).flat(), ...this.parts]);
    return this.header.map((name) => name.trim()).filter((name, i) => !used.has(i) && name !== '');
  }

  /** Returns the text of one cell, without spaces around it; empty without such a column. */
  text(cells: readonly string[], role: Role): string {
    return this.places[role].map((at) => (cells[at] ?? '').trim()).join('');
  }

  segment(cells: readonly string[]): NamedSegment {
    const tags = this.places.tags.flatMap((at) => (cells[at] ?? '').split(/[\s,;]+/));
    const [label, description] = [this.text(cells, 'label'), this.text(cells, 'description')];
    const colour =
      parseColour(this.text(cells, 'colour')) ??
      rgbColour(
        this.parts.map((at) => Number(cells[at])),
        255,
      );
    return {
      label,
      description,
      tags: tags.filter((tag) => tag !== '').map((tag) => tag.replace(/^#/, '')),
      ...(colour === undefined ? {} : { colour }),
    };
  }
}
