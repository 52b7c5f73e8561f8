import { readInterfaceFile } from '../browser/interface-files';
import { APP_URL } from './window-policy';

/** The app's own origin in policies: for a sandboxed document, 'self' doesn't match it. */
const OWN_ORIGIN = APP_URL.slice(0, -1);

/**
 * Answers a request to the window's own scheme with a file of the built interface.
 * @param root the folder of the interface, a real path
 */
export async function answerAppRequest(
  root: string,
  { url, method }: { readonly url: string; readonly method: string },
): Promise<Response> {
  if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 405 });
  const file = url.startsWith(APP_URL)
    ? await readInterfaceFile(root, url.slice(OWN_ORIGIN.length), { origin: OWN_ORIGIN })
    : undefined;
  if (file === undefined) return new Response(null, { status: 404 });
  return new Response(method === 'HEAD' ? null : file.bytes, { headers: { ...file.headers } });
}
