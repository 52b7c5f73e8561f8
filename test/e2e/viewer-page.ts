import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { createRendererHandler } from '../../src/main/browser/renderer-handler';
import { closeServer, listen } from '../../src/main/server/dataset-server';
import { CONNECT, type ViewerEvent, type ViewerRequest } from '../../src/renderer/viewer/protocol';
import { viewerState, type ViewerScene } from '../../src/shared/precomputed/viewer-link';
import { newContext, rendererFolder } from './browser';

declare global {
  interface Window {
    viewerPort: MessagePort;
    viewerEvents: ViewerEvent[];
  }
}

/** A page that, like the app, surrounds the document with Neuroglancer, and contains nothing else. */
export class ViewerPage {
  private scene = 0;

  private constructor(readonly page: Page) {}

  static async open(browser: Browser): Promise<ViewerPage> {
    const handle = createRendererHandler(await rendererFolder());
    const server = createServer((request, response) => {
      if (request.url === '/') {
        response.setHeader('Content-Type', 'text/html').end('<!doctype html><body style="margin:0">');
        return;
      }
      void handle(request, response).then((found) => found || response.writeHead(404).end());
    });
    const port = await listen(server, '127.0.0.1', 0);
    onTestFinished(() => closeServer(server));
    const context = await newContext(browser, { viewport: { width: 1000, height: 700 } });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.evaluate(async (connect) => {
      const frame = document.createElement('iframe');
      frame.src = '/viewer/';
      frame.style.cssText = 'border: 0; display: block; width: 1000px; height: 700px';
      document.body.append(frame);
      await new Promise((resolve) => frame.addEventListener('load', resolve));
      const { port1, port2 } = new MessageChannel();
      window.viewerPort = port1;
      window.viewerEvents = [];
      port1.onmessage = ({ data }) => window.viewerEvents.push(data as ViewerEvent);
      frame.contentWindow?.postMessage(connect, '*', [port2]);
    }, CONNECT);
    const viewer = new ViewerPage(page);
    await viewer.event('ready');
    return viewer;
  }

  /** Shows a scene as Neuroglancer's JSON. */
  async show(scene: ViewerScene): Promise<void> {
    await this.send({ type: 'show', scene: ++this.scene, state: viewerState(scene) });
  }

  async send(request: ViewerRequest): Promise<void> {
    await this.page.evaluate((message) => window.viewerPort.postMessage(message), request);
  }

  /** Waits for an event of a type that contains all of `match`, and returns the latest one. */
  async event<T extends ViewerEvent['type']>(type: T, match: object = {}) {
    const handle = await this.page.waitForFunction(
      ([type, match]) =>
        window.viewerEvents.findLast(
          (event) =>
            event.type === type &&
            Object.entries(match).every(
              ([key, value]) => JSON.stringify(Reflect.get(event, key)) === JSON.stringify(value),
            ),
        ),
      [type, match] as const,
    );
    return (await handle.jsonValue()) as Extract<ViewerEvent, { type: T }>;
  }

  /** Returns red, green and blue at points of the canvas, once everything in view is loaded. */
  async pixels(places: readonly (readonly [x: number, y: number])[]): Promise<number[][]> {
    const id = String(Math.random());
    await this.send({ type: 'screenshot', id, scale: 1 });
    await this.event('screenshot', { id });
    return this.page.evaluate(
      async ([id, places]) => {
        const shot = window.viewerEvents.find((event) => event.type === 'screenshot' && event.id === id);
        if (shot?.type !== 'screenshot') return [];
        const image = await createImageBitmap(shot.png);
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
        context?.drawImage(image, 0, 0);
        return places.map(([x, y]) => [...(context?.getImageData(x, y, 1, 1).data ?? [])].slice(0, 3));
      },
      [id, places] as const,
    );
  }
}
