import { absoluteUrl } from '../hosts/host';
import type { StudioState } from './studio.svelte';

/**
 * Returns the address of the Neuroglancer for links to datasets of this machine: the program's own, which is served
 * by http, as the datasets are. Not every browser lets a page that was loaded by https read them: Safari refuses,
 * Chromium and Firefox ask.
 */
export function localViewerUrl({ session, settings }: StudioState): string {
  return session?.viewerUrl === undefined ? (settings?.viewerUrl ?? '') : absoluteUrl(session.viewerUrl);
}
