import { layoutRules } from './layout-rules.ts'
import { syntaxRules } from './syntax-rules.ts'
import { textRules } from './text-rules.ts'
import type { Rule } from './project.ts'

/** The house style that a machine can check; STYLE.md says the rest. */
export const rules: readonly Rule[] = [...layoutRules, ...textRules, ...syntaxRules]
