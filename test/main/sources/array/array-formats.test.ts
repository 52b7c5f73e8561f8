import { describe } from 'vitest';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';

describe('arrays in files, written by numpy, pynrrd, mrcfile and SimpleITK', () =>
  testDescribedFixtures('arrays'));
