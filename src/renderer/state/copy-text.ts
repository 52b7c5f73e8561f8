/**
 * Copies text, which may still have to be made, to the clipboard. Must be called during the click, as WebKit doesn't
 * allow writing to the clipboard afterwards; therefore a promise is written.
 */
export async function copyText(text: string | Promise<string>): Promise<void> {
  const blob = Promise.resolve(text).then((known) => new Blob([known], { type: 'text/plain' }));
  await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
}
