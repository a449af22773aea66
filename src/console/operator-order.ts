import type { Operate } from '../runtime/operate.ts'

/** Notes of what people order. */
export type OperatorOrders = Operate['orders']

/** An order as it is noted. */
export type OperatorOrder = Parameters<OperatorOrders['begin']>[0]
