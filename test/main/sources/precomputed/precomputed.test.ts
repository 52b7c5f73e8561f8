import { describe } from 'vitest';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';

describe('precomputed volumes, written by tensorstore and cloud-volume', () =>
  testDescribedFixtures('precomputed'));
