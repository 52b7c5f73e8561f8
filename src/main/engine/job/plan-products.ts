import type { Draft, PlanRequest, Product } from '../product';
import { Plans } from './plans';
import { PRODUCTS } from '../products';
import { planMemory, type BudgetRequest, type MemoryBudget } from '../run/memory-budget';

/** The plans of all products of a job. */
export interface PlannedProducts {
  readonly plans: Plans;
  readonly memory: MemoryBudget;
  /** Memory for the arrays that each worker needs for its steps. */
  readonly perWorkerBytes: number;
}

/**
 * Plans each product, then divides the memory, since the size of the tasks depends on it.
 * @throws InvalidInputError if a product can't be made, or the memory is too small
 */
export async function planProducts(
  request: PlanRequest,
  limits: Omit<BudgetRequest, 'perWorkerBytes' | 'minimumBlockBytes'>,
  products = PRODUCTS,
): Promise<PlannedProducts> {
  const drafts: [Product, Draft<unknown>][] = [];
  for (const product of products) {
    const draft = await product.plan(request);
    if (draft !== undefined) drafts.push([product, draft]);
  }
  const needs = drafts.map(([, draft]) => draft.needs);
  const perWorkerBytes = Math.max(0, ...needs.map((own) => own.perWorkerBytes));
  const minimumBlockBytes = needs.reduce((sum, own) => sum + own.minimumBlockBytes, 0);
  const memory = planMemory({ ...limits, perWorkerBytes, minimumBlockBytes });
  const plans = Plans.of(drafts.map(([product, draft]) => [product, draft.plan(memory)]));
  return { plans, memory, perWorkerBytes };
}
