/** Reports whether an address is on this machine; browsers consider such addresses safe without https. */
export function isLoopbackUrl(url: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
