import type { AnySaga } from '../../design/sagas/definition.ts'
import { describeMap, describeSaga } from './describe.ts'
import { mapPicture } from './map-picture.ts'
import type { DesignMap } from './map-parts.ts'
import { sagaPicture } from './saga-picture.ts'
import { svgOf } from './svg.ts'

/** The map of a system as an SVG file. */
export function mapDiagram(map: DesignMap): string {
  return svgOf(mapPicture(map), { title: `Map of ${map.system}`, description: describeMap(map) })
}

/** The graph of a saga as an SVG file. */
export function sagaDiagram(saga: AnySaga): string {
  return svgOf(sagaPicture(saga), { title: `Saga ${saga.name}`, description: describeSaga(saga) })
}
