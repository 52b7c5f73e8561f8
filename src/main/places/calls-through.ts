import type { HeadedPlace, ListPage, PartedObject, Place } from './place';

/** Runs one call of a place: tries it again, waits until it may begin, refuses it. */
export type RunCall = <T>(call: () => Promise<T>) => Promise<T>;

/** Returns a place each of whose reads goes through `run`. */
export function readsThrough(place: HeadedPlace, run: RunCall): HeadedPlace {
  return {
    get: (key) => run(() => place.get(key)),
    getRange: (...range) => run(() => place.getRange(...range)),
    head: (...range) => run(() => place.head(...range)),
  };
}

/**
 * Returns a place each of whose calls goes through `run`: those that send a part of a large object and those that list
 * a page too, so that what failed on the way is not begun again from the start.
 */
export function callsThrough(place: Place, run: RunCall): Place {
  const { id, parallel, partBytes, beginParts } = place;
  return {
    ...{ id, parallel, partBytes },
    ...readsThrough(place, run),
    prepare: () => run(() => place.prepare()),
    list: async (prefix) => pagesThrough(await run(() => place.list(prefix)), run),
    put: (...sending) => run(() => place.put(...sending)),
    ...(beginParts && {
      beginParts: async (...sending) =>
        partsThrough(await run(() => beginParts.call(place, ...sending)), run),
    }),
    remove: (keys) => run(() => place.remove(keys)),
    close: () => place.close(),
  };
}

function pagesThrough({ next, ...page }: ListPage, run: RunCall): ListPage {
  return { ...page, next: next && (async () => pagesThrough(await run(next), run)) };
}

function partsThrough(parts: PartedObject, run: RunCall): PartedObject {
  return {
    partBytes: parts.partBytes,
    putPart: (...part) => run(() => parts.putPart(...part)),
    complete: () => run(() => parts.complete()),
  };
}

/** Returns a place that gives `count` the number of bytes of each read. */
export function countedReads(place: HeadedPlace, count: (bytes: number) => void): HeadedPlace {
  const counted = <T extends Uint8Array | undefined>(bytes: T): T => {
    if (bytes !== undefined) count(bytes.length);
    return bytes;
  };
  return {
    get: async (key) => counted(await place.get(key)),
    getRange: async (...range) => counted(await place.getRange(...range)),
    head: async (...range) => {
      const head = await place.head(...range);
      counted(head?.bytes);
      return head;
    },
  };
}
