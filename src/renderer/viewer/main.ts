import 'neuroglancer';
import { setupDefaultViewer } from 'neuroglancer/unstable/ui/default_viewer_setup.js';
import { dimUnselectedSegments } from './dim-unselected';
import { ignoreLateChunks } from './late-chunks';
import { NeuroglancerView } from './neuroglancer-view';
import { CONNECT, viewerRequestSchema, type ViewerEvent } from './protocol';

function hasWebGl(): boolean {
  const context = document.createElement('canvas').getContext('webgl2');
  // Neuroglancer draws to floating-point buffers.
  return (context?.getExtension('EXT_color_buffer_float') ?? null) !== null;
}

/** Waits for the page around this one to hand over its port, then serves the viewer through it. */
function handleConnect(event: MessageEvent): void {
  const [port] = event.ports;
  if (event.source !== window.parent || event.data !== CONNECT || port === undefined) return;
  window.removeEventListener('message', handleConnect);
  const send = (message: ViewerEvent) => port.postMessage(message);
  watchDrags(() => send({ type: 'drag' }));
  if (!hasWebGl()) return send({ type: 'no-webgl' });
  const view = new NeuroglancerView(send);
  port.onmessage = ({ data }) => view.handle(viewerRequestSchema.parse(data));
  send({ type: 'ready' });
}

/**
 * Prevents the browser from opening a file that is dropped on the viewer, and reports drags, so that the app can
 * handle the drop.
 */
function watchDrags(report: () => void): void {
  for (const name of ['dragenter', 'dragover', 'drop'] as const) {
    window.addEventListener(name, (event) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      report();
    });
  }
}

/** Runs Neuroglancer without a page around it, as a link opens it, with its state in the address. */
function standAlone(): void {
  watchDrags(() => undefined);
  if (hasWebGl()) ignoreLateChunks(setupDefaultViewer().chunkManager.rpc);
  else document.body.append('Neuroglancer needs WebGL 2, which this browser does not offer.');
}

dimUnselectedSegments();
if (window.parent === window) standAlone();
else window.addEventListener('message', handleConnect);
