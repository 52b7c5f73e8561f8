/**
 * The view that the user is in. It is kept in the address, so that it survives a reload and the back button works.
 */
export type Place =
  | { readonly view: 'welcome' }
  | { readonly view: 'source'; readonly path: string }
  | { readonly view: 'configure' }
  /** Several inputs together. */
  | { readonly view: 'batch' }
  | { readonly view: 'queue'; readonly job?: string }
  | { readonly view: 'library' }
  | { readonly view: 'settings' }
  /** A page of the user guide, by its name. */
  | { readonly view: 'guide'; readonly page: string }
  | { readonly view: 'preview'; readonly path: string }
  | { readonly view: 'project'; readonly id: string }
  /** `path` is the folder of the dataset and `target` the name of the target, once they are chosen. */
  | { readonly view: 'publish'; readonly path?: string; readonly target?: string };

/** Returns the part of the address that begins with `#`. */
export function addressOf({ view, ...parameters }: Place): string {
  const query = new URLSearchParams(parameters).toString();
  return query === '' ? `#/${view}` : `#/${view}?${query}`;
}

/** Returns the place of an address, or the start page if the address names none. */
export function placeOf(address: string): Place {
  const [view, query = ''] = address.replace(/^#\//, '').split('?');
  const parameters = new URLSearchParams(query);
  const path = parameters.get('path') ?? '';
  const job = parameters.get('job');
  if ((view === 'source' || view === 'preview') && path !== '') return { view, path };
  const id = parameters.get('id') ?? '';
  if (view === 'project' && id !== '') return { view, id };
  if (view === 'guide') return { view, page: parameters.get('page') ?? 'README' };
  const target = parameters.get('target');
  if (view === 'publish')
    return { view, ...(path === '' ? {} : { path }), ...(target === null ? {} : { target }) };
  if (view === 'queue') return job === null ? { view } : { view, job };
  if (view === 'configure' || view === 'batch' || view === 'library' || view === 'settings') return { view };
  return { view: 'welcome' };
}
