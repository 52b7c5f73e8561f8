import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { closeServer, listen } from '../src/main/server/dataset-server';
import { randomWords } from './random';

/** The possible faults of a request. */
export type Fault =
  | 'drop'
  | 'slow-down'
  | 'too-many'
  | 'internal'
  | 'cut-request'
  | 'cut-answer'
  | 'lost-answer';

export interface FaultyProxy {
  readonly endpoint: string;
  /** How often each fault was injected. */
  readonly faults: ReadonlyMap<Fault, number>;
  readonly requests: () => number;
}

const STATUS = { 'slow-down': 503, 'too-many': 429, internal: 500 } as const;

/**
 * Forwards requests to a server and injects a fault into a share of them, always the same ones for the same seed:
 * dropped connections, errors, bodies that are cut off on the way there or back, and answers that get lost after the
 * work is done. The Host header is forwarded, so that signatures stay valid.
 */
export async function startFaultyProxy(
  target: string,
  share: number,
  kinds: readonly Fault[],
  seed = 1,
): Promise<FaultyProxy> {
  const next = randomWords(seed);
  const faults = new Map<Fault, number>();
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    const fault = next() / 2 ** 32 < share ? kinds[next() % kinds.length] : undefined;
    if (fault !== undefined) faults.set(fault, (faults.get(fault) ?? 0) + 1);
    request.on('error', () => undefined);
    if (fault === 'drop') {
      request.socket.destroy();
    } else if (fault === 'slow-down' || fault === 'too-many' || fault === 'internal') {
      request.resume();
      const code = fault === 'internal' ? 'InternalError' : 'SlowDown';
      response.writeHead(STATUS[fault], { 'Content-Type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
    } else {
      forward(request, response, target, fault);
    }
  });
  const port = await listen(server, '127.0.0.1', 0);
  onTestFinished(() => closeServer(server));
  return { endpoint: `http://127.0.0.1:${port}`, faults, requests: () => requests };
}

/** An error answer in the form of AWS's. */
export interface Refusal {
  readonly status: number;
  /** The code in the XML of the body. */
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** More elements of that XML. */
  readonly xml?: string;
}

/**
 * Forwards requests to a server, but answers those that `refuse` selects with an error, as AWS does, or breaks their
 * connections.
 */
export async function startRefusingProxy(
  target: string,
  refuse: (method: string, url: string) => Refusal | 'break' | undefined,
): Promise<string> {
  const server = createServer((request, response) => {
    const refusal = refuse(request.method ?? '', request.url ?? '');
    if (refusal === undefined) {
      forward(request, response, target, undefined);
      return;
    }
    if (refusal === 'break') {
      request.socket.destroy();
      return;
    }
    request.resume();
    const { status, code, headers, xml: more = '' } = refusal;
    response.writeHead(status, { 'Content-Type': 'application/xml', ...headers });
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>no</Message>${more}</Error>`;
    response.end(request.method === 'HEAD' ? undefined : xml);
  });
  const port = await listen(server, '127.0.0.1', 0);
  onTestFinished(() => closeServer(server));
  return `http://127.0.0.1:${port}`;
}

/**
 * Forwards requests to a server, and the answers as `alter` returns them, as a server with other habits gives them.
 *
 * @param alter must keep the length
 */
export async function startAlteringProxy(
  target: string,
  alter: (method: string, url: string, body: string) => string,
): Promise<string> {
  const server = createServer((request, response) => {
    forward(request, response, target, undefined, (body) =>
      Buffer.from(alter(request.method ?? '', request.url ?? '', body.toString('latin1')), 'latin1'),
    );
  });
  const port = await listen(server, '127.0.0.1', 0);
  onTestFinished(() => closeServer(server));
  return `http://127.0.0.1:${port}`;
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  fault: 'cut-request' | 'cut-answer' | 'lost-answer' | undefined,
  alter: (body: Buffer) => Buffer = (body) => body,
): void {
  const { hostname, port } = new URL(target);
  const { method, url: path, headers } = request;
  const onward = httpRequest({ hostname, port, method, path, headers }, (answer) => {
    const parts: Buffer[] = [];
    answer.on('data', (part: Buffer) => parts.push(part));
    answer.on('error', () => response.destroy());
    answer.on('end', () => {
      const body = alter(Buffer.concat(parts));
      if (fault === 'lost-answer') {
        request.socket.destroy();
        return;
      }
      if (fault === 'cut-answer' && body.length < 2) {
        request.socket.write('HTTP/1.1 200 O', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
      if (fault !== 'cut-answer') {
        response.end(body);
        return;
      }
      response.write(body.subarray(0, body.length / 2), () => response.destroy());
    });
  });
  onward.on('error', () => response.destroy());
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    if (fault !== 'cut-request' || body.length < 2) {
      onward.end(body);
      return;
    }
    onward.write(body.subarray(0, body.length / 2), () => {
      onward.destroy();
      request.socket.destroy();
    });
  });
}
