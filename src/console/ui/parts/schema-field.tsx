import type { JSX } from 'preact'
import { masked, type Json } from '../../wire.ts'
import { bareSchema, blankOf, isObject, variantOf, type JsonSchema } from './json-schema.ts'
import { Choice, Numeral, Raw, Text, type FieldProps } from './schema-input.tsx'

/** A field for a value of a schema, and fields for what is in it. */
export function Field(props: FieldProps): JSX.Element {
  const { name, label, value, onChange, root } = props
  const { schema, isNullable } = bareSchema(props.schema, root)
  if (value === masked && schema.type !== 'string') return <Masked {...props} schema={schema} />
  if (value === null && isNullable) return <Absent {...props} word="nothing" write={() => blankOf(schema, root)} />
  const inner = { ...props, schema }
  if (!isNullable) return <Filled {...inner} />
  return (
    <div class="optional">
      <Filled {...inner} />
      <button type="button" onClick={() => onChange(null)} aria-label={`Nothing for ${name}`}>
        Nothing
      </button>
    </div>
  )
}

function Filled(props: FieldProps): JSX.Element {
  const { schema, value } = props
  if (schema.const !== undefined && value === schema.const) return <Choice {...props} choices={[schema.const]} />
  if (schema.enum !== undefined && schema.enum.includes(value as Json)) {
    return <Choice {...props} choices={schema.enum} />
  }
  if (schema.oneOf !== undefined && variantOf(schema.oneOf, value) >= 0) {
    return <Union {...props} variants={schema.oneOf} />
  }
  if (schema.type === 'object' && isObject(value)) {
    const { properties, additionalProperties: of } = schema
    if (properties !== undefined) return <Fields {...props} properties={properties} value={value} />
    if (typeof of === 'object') return <Entries {...props} of={of} value={value} />
  }
  if (schema.type === 'array' && schema.items !== undefined && Array.isArray(value)) {
    return <Items {...props} of={schema.items} value={value as readonly Json[]} />
  }
  if (schema.type === 'string' && typeof value === 'string') return <Text {...props} value={value} />
  if (schema.type === 'boolean' && typeof value === 'boolean') return <Choice {...props} choices={[true, false]} />
  if (schema.type === 'integer' || schema.type === 'number') return <Numeral {...props} />
  return <Raw {...props} />
}

function Fields({
  properties,
  value,
  ...props
}: FieldProps & {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly value: Readonly<Record<string, Json>>
}): JSX.Element {
  const { name, label, schema, root, issues, onChange } = props
  return (
    <fieldset>
      <legend>{label}</legend>
      {Object.entries(properties).map(([field, of]) => {
        const isOptional = schema.required?.includes(field) === false
        const next: FieldProps = {
          name: name === '' ? field : `${name}.${field}`,
          label: isOptional ? `${field} (optional)` : field,
          schema: of,
          root,
          issues,
          value: value[field],
          onChange: (changed) => onChange(withField(value, field, changed)),
        }
        if (value[field] === undefined)
          return <Absent key={field} {...next} word="left out" write={() => blankOf(of, root)} />
        if (!isOptional) return <Field key={field} {...next} />
        return (
          <div key={field} class="optional">
            <Field {...next} />
            <button type="button" onClick={() => next.onChange(undefined)} aria-label={`Leave out ${next.name}`}>
              Leave out
            </button>
          </div>
        )
      })}
    </fieldset>
  )
}

function Items({
  of,
  value,
  ...props
}: FieldProps & { readonly of: JsonSchema; readonly value: readonly Json[] }): JSX.Element {
  const { name, label, root, issues, onChange } = props
  return (
    <fieldset>
      <legend>{label}</legend>
      {value.map((item, index) => (
        <div key={index} class="optional">
          <Field
            name={`${name}[${index}]`}
            label={String(index + 1)}
            schema={of}
            root={root}
            issues={issues}
            value={item}
            onChange={(next) => onChange(value.with(index, next ?? null))}
          />
          <button
            type="button"
            onClick={() => onChange(value.toSpliced(index, 1))}
            aria-label={`Take away ${name}[${index}]`}
          >
            Take away
          </button>
        </div>
      ))}
      <Problem name={name} issues={issues} />
      <button type="button" onClick={() => onChange([...value, blankOf(of, root)])} aria-label={`Add to ${name}`}>
        Add
      </button>
    </fieldset>
  )
}

/** A map: its keys are shown as they are, its values can be changed; a key is given when it is added. */
function Entries({
  of,
  value,
  ...props
}: FieldProps & { readonly of: JsonSchema; readonly value: Readonly<Record<string, Json>> }): JSX.Element {
  const { name, label, root, issues, onChange } = props
  const add = (event: MouseEvent): void => {
    const input = (event.currentTarget as HTMLElement).parentElement?.querySelector('input')
    const key = input?.value.trim() ?? ''
    if (key === '' || Object.hasOwn(value, key)) return
    onChange(withField(value, key, blankOf(of, root)))
    input!.value = ''
  }
  return (
    <fieldset>
      <legend>{label}</legend>
      {Object.entries(value).map(([key, item]) => (
        <div key={key} class="optional">
          <Field
            name={`${name}.${key}`}
            label={key}
            schema={of}
            root={root}
            issues={issues}
            value={item}
            onChange={(next) => onChange(withField(value, key, next))}
          />
          <button
            type="button"
            onClick={() => onChange(withField(value, key, undefined))}
            aria-label={`Take away ${name}.${key}`}
          >
            Take away
          </button>
        </div>
      ))}
      <div class="optional">
        <label>
          New key of {label}
          <input autocomplete="off" />
        </label>
        <button type="button" onClick={add}>
          Add
        </button>
      </div>
    </fieldset>
  )
}

function Union({ variants, ...props }: FieldProps & { readonly variants: readonly JsonSchema[] }): JSX.Element {
  const { label, name, value, root, onChange } = props
  const chosen = variantOf(variants, value)
  return (
    <div>
      <label>
        Kind of {label}
        <select
          name={`${name}#kind`}
          value={String(chosen)}
          onChange={({ currentTarget }) => onChange(blankOf(variants[Number(currentTarget.value)]!, root))}
        >
          {variants.map(({ title }, index) => (
            <option key={index} value={String(index)}>
              {title ?? index + 1}
            </option>
          ))}
        </select>
      </label>
      <Field {...props} schema={variants[chosen]!} />
    </div>
  )
}

/** What is not there, with a way to write it. */
function Absent({
  label,
  name,
  word,
  onChange,
  write,
  issues,
}: FieldProps & { readonly word: string; write(): Json }): JSX.Element {
  return (
    <p class="optional">
      <span>
        {label}: <span class="quiet">{word}</span>
      </span>
      <button type="button" onClick={() => onChange(write())} aria-label={`Write ${name}`}>
        Write
      </button>
      <Problem name={name} issues={issues} />
    </p>
  )
}

/** Personal data that are more than a text: they stay, or they are written anew. */
function Masked({ label, name, schema, root, onChange }: FieldProps): JSX.Element {
  return (
    <p class="optional">
      <span>
        {label}: {masked} <small>masked, and stays as it is</small>
      </span>
      <button type="button" onClick={() => onChange(blankOf(schema, root))} aria-label={`Write anew ${name}`}>
        Write anew
      </button>
    </p>
  )
}

/** What is wrong with a value as a whole. */
export function Problem({ name, issues }: Pick<FieldProps, 'name' | 'issues'>): JSX.Element | null {
  const issue = issues.get(name)
  return issue === undefined ? null : <span class="trouble">{issue}</span>
}

function withField(value: Readonly<Record<string, Json>>, field: string, next: Json | undefined): Json {
  const { [field]: _, ...rest } = value
  return next === undefined ? rest : { ...value, [field]: next }
}
