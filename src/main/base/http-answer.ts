/** A web server's answer with its body as it was sent, or the beginning of the body. */
export interface HttpAnswer {
  readonly url: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Reports whether the answer means that the object doesn't exist. S3 sends 403 instead of 404 to clients that may not
 * list the bucket.
 */
export function isMissingObject(answer: Pick<HttpAnswer, 'status' | 'body'>): boolean {
  const { status } = answer;
  return status === 404 || status === 410 || (status === 403 && s3ErrorCode(answer) !== undefined);
}

/** Returns the error code in S3's XML. */
export function s3ErrorCode({ body }: Pick<HttpAnswer, 'body'>): string | undefined {
  return /<Code>(\w+)<\/Code>/.exec(body.subarray(0, 4096).toString('latin1'))?.[1];
}

/** Reports whether the body is a web page, which servers of single-page applications send for every address. */
export function isWebPage(body: Uint8Array): boolean {
  return /^\s*<(!doctype html|html)/i.test(Buffer.from(body.subarray(0, 200)).toString('latin1'));
}

/**
 * Returns the server's explanation of an error, from JSON, XML or plain text, or '' for a web page or an empty body.
 */
export function serversWords({ body }: Pick<HttpAnswer, 'body'>): string {
  const text = body.subarray(0, 2000).toString('utf8').trim();
  if (isWebPage(body)) return '';
  const inXml = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  const inJson = /"(?:message|detail)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const words = inXml ?? inJson ?? (/^[<{]/.test(text) ? '' : text);
  return words.replace(/\s+/g, ' ').slice(0, 200);
}
