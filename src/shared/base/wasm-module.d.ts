/** The bytes of a WebAssembly module in base64, inserted at build time. */
declare module '*.wasm?base64' {
  const base64: string;
  export default base64;
}
