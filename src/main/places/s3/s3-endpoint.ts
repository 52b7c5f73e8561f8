import { booleanSelector, loadConfig, SelectorType, type LoadedConfigSelectors } from '@smithy/core/config';
import { TARGET_OPTIONS } from '../../../shared/api/publish-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import { hidePassword } from '../../../shared/base/hide-password';

const IGNORE: LoadedConfigSelectors<boolean | undefined> = {
  environmentVariableSelector: (env) =>
    booleanSelector(env, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', SelectorType.ENV),
  configFileSelector: (profile) =>
    booleanSelector(profile, 'ignore_configured_endpoint_urls', SelectorType.CONFIG),
  default: false,
};

const ENDPOINT: LoadedConfigSelectors<string | undefined> = {
  environmentVariableSelector: (env) => stated(env['AWS_ENDPOINT_URL_S3']) ?? stated(env['AWS_ENDPOINT_URL']),
  // The keys of the nested settings of a section are joined by dots.
  configFileSelector: (profile, config) =>
    stated(config?.[`services.${profile['services'] ?? ''}`]?.['s3.endpoint_url']) ??
    stated(profile['endpoint_url']),
  default: undefined,
};

/** To the AWS tools, an empty value is none. */
function stated(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/**
 * Returns the server that the environment or ~/.aws/config names for buckets, as the AWS tools take it; undefined for
 * AWS. The SDK itself uses it without saying so, and not that of a profile that a client is given.
 *
 * @throws InvalidInputError if it is not a web address, or has a password, which links would show
 */
export async function configuredEndpoint(profile: string | undefined): Promise<string | undefined> {
  const options = profile === undefined ? {} : { profile };
  if (await loadConfig(IGNORE, options)()) return undefined;
  const endpoint = await loadConfig(ENDPOINT, options)();
  if (endpoint === undefined || TARGET_OPTIONS.endpoint.schema.safeParse(endpoint).success) return endpoint;
  const shown = hidePassword(endpoint);
  throw new InvalidInputError(`The server of buckets can't have this address: '${shown}'.`, {
    remedy:
      'Correct AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or endpoint_url in ~/.aws/config: it begins with https:// or http://, and has no password.',
    fields: { endpoint: shown },
  });
}
