import { ORPCError } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { StudioContract } from '../../shared/api/contract';
import { deserializeError, IoError, type SerializedError } from '../../shared/base/errors';

/** The contract's procedures, as the page calls them. */
export type StudioClient = ContractRouterClient<StudioContract>;

/**
 * Rethrows the error of a call: as the program's own error if the program sent one, or as an IoError if the
 * connection failed.
 */
export function throwAsStudioError(error: unknown): never {
  if (error instanceof ORPCError && error.code === 'STUDIO')
    throw deserializeError(error.data as SerializedError);
  if (error instanceof ORPCError) throw error;
  throw new IoError('The connection to the program was lost.', {
    retryable: true,
    remedy: 'Trying to connect again. Jobs that run there continue.',
    cause: error,
  });
}
