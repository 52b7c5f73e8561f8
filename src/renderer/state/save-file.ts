/** Offers a file to the user as a download. */
export function saveFile(name: string, type: string, content: string | Blob): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun when the click returns, but the browser reads the object for a while longer.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
