import { absent, shopWith } from '../examples/orders/shop/system.ts'
import { designMap } from '../src/architect/diagrams/design-map.ts'
import { mapDiagram, sagaDiagram } from '../src/architect/diagrams/diagram.ts'

const { name, graph } = shopWith(absent)

/** The map of the order system, as the docs show it. */
export function mapOfShop(): string {
  return mapDiagram(designMap(name, graph))
}

/** Its saga, as the docs show it. */
export function sagaOfShop(): string {
  return sagaDiagram(graph.sagas.get('order-creation')!.definition)
}
