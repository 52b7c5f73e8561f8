/** An answer of a web server, its body as it came or the beginning of it. */
export interface HttpAnswer {
  readonly url: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** True for what isn't there: S3 says 403 in place of 404 to those who may not list the bucket. */
export function isMissingObject(answer: Pick<HttpAnswer, 'status' | 'body'>): boolean {
  const { status } = answer;
  return status === 404 || status === 410 || (status === 403 && s3ErrorCode(answer) !== undefined);
}

/** The error code in S3's XML. */
export function s3ErrorCode({ body }: Pick<HttpAnswer, 'body'>): string | undefined {
  return /<Code>(\w+)<\/Code>/.exec(body.subarray(0, 4096).toString('latin1'))?.[1];
}

/** True where the body is a web page, as servers of single-page applications send for everything. */
export function isWebPage(body: Uint8Array): boolean {
  return /^\s*<(!doctype html|html)/i.test(Buffer.from(body.subarray(0, 200)).toString('latin1'));
}

/** What a server says to an error, in JSON, in XML or as text; '' for a page or nothing. */
export function serversWords({ body }: Pick<HttpAnswer, 'body'>): string {
  const text = body.subarray(0, 2000).toString('utf8').trim();
  if (isWebPage(body)) return '';
  const inXml = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  const inJson = /"(?:message|detail)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const words = inXml ?? inJson ?? (/^[<{]/.test(text) ? '' : text);
  return words.replace(/\s+/g, ' ').slice(0, 200);
}
