import { COMPONENTS } from './components/components-product';
import { MESHES } from './meshes/meshes-product';
import type { Product } from './product';
import { SEGMENTS } from './segments/segments-product';
import { VOLUME } from './volume/volume-product';

/** All products of a dataset, in the order in which they are made. */
export const PRODUCTS: readonly Product[] = [COMPONENTS, VOLUME, MESHES, SEGMENTS];
