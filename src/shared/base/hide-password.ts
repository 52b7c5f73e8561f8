/**
 * Returns an address without the password that may have been typed into it, with or without `//` before the user's name.
 * Passwords may contain any characters, so all is hidden up to the last `@`.
 */
export function hidePassword(address: string): string {
  return address.replace(/^([^@]*?:)(?!\/\/).*@/s, '$1…@');
}
