import { absoluteUrl } from '../hosts/host';
import type { StudioState } from './studio.svelte';

/**
 * The Neuroglancer for links to datasets of this machine: the program's own, which comes by http as they do. A page by
 * https may not read them in every browser: Safari refuses, Chromium and Firefox ask.
 */
export function localViewerUrl({ session, settings }: StudioState): string {
  return session?.viewerUrl === undefined ? (settings?.viewerUrl ?? '') : absoluteUrl(session.viewerUrl);
}
