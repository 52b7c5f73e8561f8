import { CONNECT, viewerEventSchema, type ViewerEvent, type ViewerRequest } from './protocol';

/** The app's end of the channel to the document that holds Neuroglancer. */
export class ViewerClient {
  private readonly port: MessagePort;
  private readonly screenshots = new Map<string, (png: Blob) => void>();
  /** The number of the latest scene. */
  private scene = 0;

  /**
   * @param frame whose document is loaded
   * @param onEvent receives no events about scenes that are no longer shown
   */
  constructor(
    frame: HTMLIFrameElement,
    private readonly onEvent: (event: ViewerEvent) => void,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    port1.onmessage = ({ data }) => this.handle(viewerEventSchema.parse(data));
    // The document has no origin that could be named here. It receives only its end of the channel.
    frame.contentWindow?.postMessage(CONNECT, '*', [port2]);
  }

  /** Replaces what is shown by a scene. */
  show(state: Readonly<Record<string, unknown>>): void {
    this.send({ type: 'show', scene: ++this.scene, state });
  }

  send(request: ViewerRequest): void {
    this.port.postMessage(request);
  }

  /** Returns a picture of all panels, taken once everything in view is loaded. */
  screenshot(scale: number): Promise<Blob> {
    const id = crypto.randomUUID();
    this.send({ type: 'screenshot', id, scale });
    return new Promise((resolve) => this.screenshots.set(id, resolve));
  }

  private handle(event: ViewerEvent): void {
    if ('scene' in event && event.scene !== this.scene) return;
    if (event.type !== 'screenshot') return this.onEvent(event);
    this.screenshots.get(event.id)?.(event.png);
    this.screenshots.delete(event.id);
  }
}
