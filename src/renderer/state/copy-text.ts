/**
 * Copies text that may still have to be made. To be called within the click: WebKit lets nobody write to the clipboard
 * after it, so what is written is a promise.
 */
export async function copyText(text: string | Promise<string>): Promise<void> {
  const blob = Promise.resolve(text).then((known) => new Blob([known], { type: 'text/plain' }));
  await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
}
