import type { HeadedPlace } from './place';
import type { RunWithRetries } from './remote-place';

/** Returns a place whose reads are repeated after errors that may be temporary. */
export function retryingPlace(place: HeadedPlace, retry: RunWithRetries): HeadedPlace {
  return {
    get: (key) => retry(() => place.get(key)),
    getRange: (...range) => retry(() => place.getRange(...range)),
    head: (...range) => retry(() => place.head(...range)),
  };
}
