import type { StudioState } from './studio.svelte';

const SHOWN_JOBS = 10;

/** Returns details that help to find out what went wrong, without names of folders, hosts or datasets. */
export function diagnosticsOf({ session, jobs, host }: StudioState): string {
  const lines = [
    `Precomputed Studio ${session?.version ?? ''} (${session?.host ?? ''})`,
    `System: ${session?.system ?? ''}, ${session?.cores ?? ''} cores, ${gibibytes(session?.memoryBytes)} of memory`,
    `Browser: ${navigator.userAgent}`,
    `Graphics: ${graphics()}`,
    `Notifications: ${host.notifications?.permission() ?? 'of the program'}`,
    `Jobs: ${jobs.length}`,
    ...jobs.slice(-SHOWN_JOBS).map(({ kind, state, error }) => {
      const code = error === undefined ? '' : ` (${error.tag}${codeOf(error.fields)})`;
      return `- ${kind}: ${state}${code}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function codeOf(fields: Readonly<Record<string, unknown>> | undefined): string {
  return fields?.['code'] === undefined ? '' : `, ${String(fields['code'])}`;
}

function gibibytes(bytes = 0): string {
  return `${Math.round(bytes / 2 ** 30)} GiB`;
}

/** Returns what draws the graphics, as far as the browser reveals it. */
function graphics(): string {
  const context = document.createElement('canvas').getContext('webgl2');
  if (context === null) return 'no WebGL 2';
  const info = context.getExtension('WEBGL_debug_renderer_info');
  const renderer: unknown = context.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER);
  return `WebGL 2, ${String(renderer)}`;
}
