import { describe } from 'vitest';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';

describe('hierarchies of arrays, written by zarr-python and z5py', () =>
  testDescribedFixtures('hierarchies'));
