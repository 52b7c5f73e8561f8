import { IoError } from '../../shared/base/errors';
import { errorCode, type Explanation } from './file-error';

export const NO_ANSWER: Explanation = [
  'there is no answer',
  'Check that the host is up and that its firewall lets this port through.',
];

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ENOTFOUND: [
    'the name of the host is unknown',
    'Check the spelling of the address, the network connection and DNS.',
  ],
  EAI_AGAIN: ["the host's name can't be looked up now", 'Check the network connection, then try again.'],
  ENETUNREACH: ['there is no network', 'Check the network connection, then try again.'],
  EHOSTUNREACH: ["the host can't be reached", 'Check the network connection, then try again.'],
  ECONNREFUSED: [
    'nothing answers at that address and port',
    'Check the address and the port, that the server is running there, and that its firewall lets this port through.',
  ],
  ECONNRESET: ['the connection was cut', 'Look at the log of the server, and of any proxy on the way.'],
  UND_ERR_SOCKET: ['the connection was cut', 'Look at the log of the server, and of any proxy on the way.'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: [
    'the answer was cut off',
    'Try again. If that does not help, look at the log of any proxy on the way.',
  ],
  EPIPE: ['the connection was cut', 'Look at the log of the server, and of any proxy on the way.'],
  ETIMEDOUT: NO_ANSWER,
  UND_ERR_CONNECT_TIMEOUT: NO_ANSWER,
  UND_ERR_HEADERS_TIMEOUT: NO_ANSWER,
  UND_ERR_BODY_TIMEOUT: ['the answer stopped on its way', 'Check the network connection, then try again.'],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew the certificate of the host.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'its certificate is self-signed, which browsers refuse',
    'Get a certificate from an authority that browsers know, such as Let’s Encrypt.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its certificate comes from an authority that browsers do not know',
    'Get a certificate from an authority that browsers know, such as Let’s Encrypt.',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'it does not send the intermediate certificate',
    'Configure the full chain of certificates (fullchain.pem).',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'Use a name from the certificate, or get a certificate for this name.',
  ],
  EPROTO: ['it does not speak TLS there', 'Use http://, or configure TLS on that port.'],
};

/** Errors that don't go away when the request is repeated. */
const FINAL = /CERT|SIGNATURE|ALTNAME|EPROTO|ERR_INVALID|ERR_SSL/;

/** Returns what the error of a connection means and what to do about it, if that is known. */
export function explainConnection(error: unknown): Explanation | undefined {
  return EXPLANATIONS[errorCode(error) ?? ''];
}

/** Converts the reason why `url` gave no answer to an error of this program. */
export function connectionError(url: string, error: unknown): IoError {
  const code = errorCode(error) ?? '';
  const [text, remedy] = explainConnection(error) ?? [
    error instanceof Error ? error.message : String(error),
    'Check the address and that the web server is up.',
  ];
  return new IoError(`Can't read ${url}: ${text}.`, {
    remedy,
    fields: { url, code },
    retryable: code !== '' && !FINAL.test(code),
    cause: error,
  });
}
