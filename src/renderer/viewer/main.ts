import 'neuroglancer';
import { NeuroglancerView } from './neuroglancer-view';
import { CONNECT, viewerRequestSchema, type ViewerEvent } from './protocol';

/** Waits for the page around this one to hand over its port, then serves the viewer through it. */
function handleConnect(event: MessageEvent): void {
  const [port] = event.ports;
  if (event.source !== window.parent || event.data !== CONNECT || port === undefined) return;
  window.removeEventListener('message', handleConnect);
  const send = (message: ViewerEvent) => port.postMessage(message);
  const view = new NeuroglancerView(send);
  port.onmessage = ({ data }) => view.handle(viewerRequestSchema.parse(data));
  send({ type: 'ready' });
}

window.addEventListener('message', handleConnect);
