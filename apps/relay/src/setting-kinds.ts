/** How the text of a flag or an environment variable becomes a value. */
export interface SettingKind<Value> {
  /** What stands for the value in the help text: `NUMBER`, `FOLDER`, `fsync|os`. */
  readonly placeholder: string
  /** The value, or what a person did wrong, as the end of a sentence: "must be a whole number from 0 to 65535". */
  read(text: string): { readonly value: Value } | { readonly mistake: string }
}

export function text(placeholder: string): SettingKind<string> {
  return {
    placeholder,
    read: (given) => (given.trim() === '' ? { mistake: 'must not be empty' } : { value: given }),
  }
}

/** Whole numbers, both ends included. */
export function integer(
  unit: string,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): SettingKind<number> {
  return {
    placeholder: unit,
    read(given) {
      const value = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN
      if (value >= min && value <= max) return { value }
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
      return { mistake: `must be a whole number ${range}` }
    },
  }
}

export function choice<Value extends string>(...values: readonly Value[]): SettingKind<Value> {
  return {
    placeholder: values.join('|'),
    read(given) {
      const value = values.find((candidate) => candidate === given)
      return value === undefined ? { mistake: `must be ${values.join(' or ')}` } : { value }
    },
  }
}

export function httpUrl(): SettingKind<URL> {
  return {
    placeholder: 'URL',
    read(given) {
      const value = URL.canParse(given) ? new URL(given) : null
      const usable =
        value !== null && /^https?:$/.test(value.protocol) && value.username + value.password === ''
      return usable ? { value } : { mistake: 'must be an http or https address without a user name' }
    },
  }
}
