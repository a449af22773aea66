// Preloaded into each test file where EVENTWRIGHT_SEED is set: properties begin with that seed, unless they name one.
import fc from 'fast-check'

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['EVENTWRIGHT_SEED']) | 0 })
