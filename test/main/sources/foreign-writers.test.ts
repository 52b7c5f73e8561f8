import { testDescribedFixtures } from '../../conformance/described-fixtures';

testDescribedFixtures('foreign-writers');
