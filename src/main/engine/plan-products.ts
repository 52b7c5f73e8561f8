import type { Draft, PlanRequest, Product } from './product';
import { Plans } from './plans';
import { PRODUCTS } from './products';
import { planMemory, type BudgetRequest, type MemoryBudget } from './run/memory-budget';

/** How all that a job makes is made. */
export interface PlannedProducts {
  readonly plans: Plans;
  readonly memory: MemoryBudget;
  /** Arrays that each worker needs for its steps. */
  readonly perWorkerBytes: number;
}

/**
 * Plans each product, then shares out the memory, on which it hangs how the work is cut.
 * @throws InvalidInputError where a product can't be made, or the memory is too little
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
