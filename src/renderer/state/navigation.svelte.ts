import { addressOf, placeOf, type Place } from './place';

export class Navigation {
  place = $state.raw<Place>(placeOf(location.hash));

  constructor() {
    window.addEventListener('hashchange', () => (this.place = placeOf(location.hash)));
  }

  go(place: Place): void {
    location.hash = addressOf(place);
  }
}
