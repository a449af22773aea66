import { problems } from './problem.ts'
import type { Route } from './route.ts'

/** The OpenAPI document of a table of routes. */
export function openApi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'The shop', version: '1', description: 'Amounts are decimal texts with two digits in GBP.' },
    paths,
    components: { schemas: { Problem: problemSchema } },
  }
}

const problemSchema = {
  type: 'object',
  required: ['title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { enum: Object.keys(problems) },
    issues: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
}

function operation({ path, summary, body, query = {}, headers = {}, answers }: Route): object {
  const parameters = [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => parameter('path', name as string)),
    ...Object.entries(query).map(([name, text]) => parameter('query', name, text)),
    ...Object.entries(headers).map(([name, text]) => parameter('header', name, text)),
  ]
  const responses = Object.fromEntries(
    Object.entries(answers).map(([status, description]) => [status, { description }]),
  )
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { ...responses, default: { description: 'Any other outcome', content: problem } },
  }
}

function parameter(place: 'path' | 'query' | 'header', name: string, description?: string): object {
  return {
    name,
    in: place,
    required: place === 'path',
    schema: { type: 'string' },
    ...(description && { description }),
  }
}
