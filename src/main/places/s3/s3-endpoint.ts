import { booleanSelector, loadConfig, SelectorType, type LoadedConfigSelectors } from '@smithy/core/config';
import { InvalidInputError } from '../../../shared/base/errors';

const IGNORE: LoadedConfigSelectors<boolean | undefined> = {
  environmentVariableSelector: (env) =>
    booleanSelector(env, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', SelectorType.ENV),
  configFileSelector: (profile) =>
    booleanSelector(profile, 'ignore_configured_endpoint_urls', SelectorType.CONFIG),
  default: false,
};

const ENDPOINT: LoadedConfigSelectors<string | undefined> = {
  environmentVariableSelector: (env) => env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'],
  // The keys of the nested settings of a section are joined by dots.
  configFileSelector: (profile, config) =>
    config?.[`services.${profile['services'] ?? ''}`]?.['s3.endpoint_url'] ?? profile['endpoint_url'],
  default: undefined,
};

/**
 * Returns the server that the environment or ~/.aws/config names for buckets, as the AWS tools take it; undefined for
 * AWS. The SDK itself uses it without saying so, and not that of a profile that a client is given.
 *
 * @throws InvalidInputError if it is no web address
 */
export async function configuredEndpoint(profile: string | undefined): Promise<string | undefined> {
  const options = profile === undefined ? {} : { profile };
  if (await loadConfig(IGNORE, options)()) return undefined;
  const endpoint = await loadConfig(ENDPOINT, options)();
  if (endpoint === undefined || /^https?:\/\/[^/]/.test(endpoint)) return endpoint;
  throw new InvalidInputError(`The address of the server of buckets is no web address: '${endpoint}'.`, {
    remedy:
      'Mend AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or endpoint_url in ~/.aws/config; it begins with https://.',
    fields: { endpoint },
  });
}
