const FIRST_SPAN_BYTES = 1 << 20;
/** The index is sent to workers, so it must not grow with the file. */
const MOST_PLACES = 256;

/** Collects the places of packed data at which unpacking can begin. If there are too many, every second one is left out. */
export class IndexPlaces<Place extends { readonly raw: number }> {
  places: Place[];
  /** The approximate distance between places, in unpacked bytes. */
  spanBytes = FIRST_SPAN_BYTES;

  constructor(first: Place) {
    this.places = [first];
  }

  /** Adds a place, unless it is too close to the last one. */
  add(place: Place): void {
    if (place.raw - (this.places.at(-1)?.raw ?? 0) < this.spanBytes) return;
    this.places.push(place);
    if (this.places.length <= MOST_PLACES) return;
    this.spanBytes *= 2;
    this.places = this.places.filter((_, i) => i % 2 === 0);
  }
}

/** Returns the last place that isn't behind `raw`. */
export function placeBefore<Place extends { readonly raw: number }>(
  places: readonly Place[],
  raw: number,
): Place | undefined {
  return places.findLast((place) => place.raw <= raw);
}
