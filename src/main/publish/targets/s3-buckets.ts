import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { s3Client, type S3Settings } from '../../places/s3/s3-client';
import { s3Error } from '../../places/s3/s3-error';

/**
 * Returns the names of the account's buckets, sorted.
 * @throws InvalidInputError if credentials or the right to list are missing; IoError
 */
export async function listBuckets(settings: Omit<S3Settings, 'bucket' | 'prefix'>): Promise<string[]> {
  const client = s3Client({ ...settings, bucket: '', prefix: '' });
  try {
    const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
    return Buckets.flatMap(({ Name }) => Name ?? []).sort();
  } catch (error) {
    const where = settings.endpoint ?? 's3://';
    throw s3Error({ doing: 'list the buckets of', right: 's3:ListAllMyBuckets', where }, error);
  } finally {
    client.destroy();
  }
}
