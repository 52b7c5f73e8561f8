import { describe } from 'vitest';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';

describe('multi-page TIFF files written by tifffile', () => testDescribedFixtures('tiff'));
