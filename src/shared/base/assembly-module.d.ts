/** A kernel in AssemblyScript, compiled at build time: the bytes of its WebAssembly module in base64. */
declare module '*?assembly' {
  const base64: string;
  export default base64;
}

/** The same for a kernel that works in memory given by its host. */
declare module '*?assembly=shared-memory' {
  const base64: string;
  export default base64;
}
