import { COMPONENTS } from './components/components-product';
import { MESHES } from './meshes/meshes-product';
import type { Product } from './product';
import { SEGMENTS } from './segments/segments-product';
import { VOLUME } from './volume/volume-product';

/** All that a dataset may hold, in the order in which it is made. */
export const PRODUCTS: readonly Product[] = [COMPONENTS, VOLUME, MESHES, SEGMENTS];
