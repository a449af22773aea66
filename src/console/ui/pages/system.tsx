import type { JSX } from 'preact'
import type { PictureBox } from '../../wire/pictures.ts'
import type { MapEdge, MapNode, SystemMap } from '../../wire/system-map.ts'
import { BoxShape, Drawing } from '../parts/drawing.tsx'
import { Fetched } from '../parts/fetched.tsx'
import { HealthStatus } from '../parts/health.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { useResource } from '../resource.ts'
import { filtered, href, route } from '../route.ts'

/** The declared system as a map, with how everything that works is doing; one part of it can be looked at alone. */
export function System(): JSX.Element {
  const { state } = useResource<SystemMap>('system', 5_000)
  const chosen = route.value.query.get('node') ?? undefined
  return (
    <Fetched of={state.value}>
      {(map) => (
        <>
          <h1>{map.system}</h1>
          <section aria-label="Map">
            <Map map={map} chosen={chosen} />
          </section>
          <section aria-label="Parts">
            <div class="head">
              <h2>{chosen === undefined ? 'Parts' : `What ${nameOf(map, chosen)} is connected with`}</h2>
              {chosen !== undefined && <a href={href('system')}>the whole map</a>}
            </div>
            {chosen === undefined ? <Parts map={map} /> : <Connections map={map} chosen={chosen} />}
          </section>
        </>
      )}
    </Fetched>
  )
}

function Map({ map, chosen }: { readonly map: SystemMap; readonly chosen: string | undefined }): JSX.Element {
  const isNear = (ids: readonly string[]): boolean => chosen === undefined || ids.includes(chosen)
  const ends = map.edges.map(({ from, to }) => [from, to]).filter(isNear)
  const near = new Set(chosen === undefined ? map.nodes.map(({ id }) => id) : [chosen, ...ends.flat()])
  const nodes = Object.fromEntries(map.nodes.map((node) => [node.id, node]))
  return (
    <div class="scroll map" tabIndex={0} role="region" aria-label="Map of the system; the list below says the same">
      <Drawing
        picture={map.picture}
        name={`Map of ${map.system}`}
        lineClass={({ touches }) => (isNear(touches) ? 'near' : 'far')}
        box={(box) => <Part key={box.id} box={box} node={nodes[box.id]!} isNear={near.has(box.id)} />}
      />
    </div>
  )
}

interface PartProps {
  readonly box: PictureBox
  readonly node: MapNode
  readonly isNear: boolean
}

function Part({ box, node: { id, kind, name, health }, isNear }: PartProps): JSX.Element {
  return (
    <a href={filtered({ node: id })} aria-label={`${kind} ${name}`}>
      <BoxShape of={box} look={`${isNear ? 'near' : 'far'} ${health ?? ''}`}>
        {(health === 'warn' || health === 'bad') && <circle cx={box.width - 3} cy="3" r="5" />}
      </BoxShape>
    </a>
  )
}

const parts: readonly Column<MapNode>[] = [
  { heading: 'Part', cell: ({ id, name }) => <a href={filtered({ node: id })}>{name}</a> },
  { heading: 'What it is', cell: ({ kind }) => kind },
  { heading: 'Service', cell: ({ service }) => service },
  {
    heading: 'Status',
    cell: ({ health, status }) => health !== undefined && <HealthStatus health={health} word={status ?? health} />,
  },
  { heading: 'Lag', isNumber: true, cell: ({ lagMessages }) => <Quantity value={lagMessages} unit="messages" /> },
]

function Parts({ map }: { readonly map: SystemMap }): JSX.Element {
  return <Table caption="Parts of the system" columns={parts} rows={map.nodes} keyOf={({ id }) => id} empty="None." />
}

function Connections({ map, chosen }: { readonly map: SystemMap; readonly chosen: string }): JSX.Element {
  const edges = map.edges.filter(({ from, to }) => from === chosen || to === chosen)
  const part = (id: string): JSX.Element =>
    id === chosen ? <b>{nameOf(map, id)}</b> : <a href={filtered({ node: id })}>{nameOf(map, id)}</a>
  const columns: readonly Column<MapEdge>[] = [
    { heading: 'From', cell: ({ from }) => part(from) },
    { heading: 'How', cell: ({ kind, over }) => (over === undefined ? kind : `${kind}, over ${over}`) },
    { heading: 'To', cell: ({ to }) => part(to) },
  ]
  return (
    <Table
      caption="Connections"
      columns={columns}
      rows={edges}
      keyOf={({ from, to, kind, over }) => `${from} ${to} ${kind} ${over}`}
      empty="It is connected with nothing."
    />
  )
}

function nameOf({ nodes }: SystemMap, id: string): string {
  const node = nodes.find((each) => each.id === id)
  return node === undefined ? id : `${node.kind} ${node.name}`
}
