/** The module of undici's agent by itself. undici has no types for its modules. */
declare module 'undici/lib/dispatcher/agent.js' {
  export { Agent as default } from 'undici';
}
