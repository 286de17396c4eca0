import { median } from '../measure/samples.ts'
import { peerIds, type SystemId } from '../systems/system.ts'

/** Figures of every round by case and system. */
export interface Results {
  /** One number per round; empty when that was not measured. */
  values(of: { readonly case: string; readonly system: SystemId; readonly figure: string }): readonly number[]
}

export interface Judgement {
  readonly value: number
  readonly limit: number
  /** `unclear`: not measured here, or the rounds lie on both sides of the limit. */
  readonly verdict: 'met' | 'missed' | 'unclear'
}

export interface Target {
  readonly text: string
  readonly unit: string
  judge(results: Results): Judgement
}

interface AtMost {
  readonly text: string
  readonly case: string
  readonly figure: string
  readonly limit: number
  readonly unit?: string
  readonly system?: SystemId
}

/** A figure of Tidemark's own. */
export function atMost({ text, case: id, figure, limit, unit = '', system = 'tidemark' }: AtMost): Target {
  return {
    text,
    unit,
    judge: (results) => judge(results.values({ case: id, system, figure }), limit),
  }
}

/** A figure of Tidemark's as a multiple of another system's in the same round. */
export function atMostTimes(of: AtMost & { readonly than: SystemId; readonly thanCase?: string }): Target {
  const { text, case: id, figure, limit, system = 'tidemark', than, thanCase = id } = of
  return {
    text,
    unit: '×',
    judge(results) {
      const own = results.values({ case: id, system, figure })
      const other = results.values({ case: thanCase, system: than, figure })
      return judge(ratios(own, other), limit)
    },
  }
}

/** A figure of Tidemark's as a multiple of the best of the peers'. */
export function againstBestPeer(of: {
  readonly text: string
  readonly case: string
  readonly figure: string
  readonly limit: number
  readonly best: 'lowest' | 'highest'
  readonly peers?: readonly SystemId[]
}): Target {
  const { text, case: id, figure, limit, best, peers = peerIds } = of
  return {
    text,
    unit: '×',
    judge(results) {
      const own = results.values({ case: id, system: 'tidemark', figure })
      const others = peers
        .map((system) => results.values({ case: id, system, figure }))
        .filter((values) => values.length > 0)
      const pick = best === 'lowest' ? Math.min : Math.max
      const bests = own.map((_, round) => pick(...others.map((values) => values[round] ?? Number.NaN)))
      if (others.length === 0) return judge([], limit)
      // The lower the better, or the higher: a ratio below the limit is a win either way.
      return judge(best === 'lowest' ? ratios(own, bests) : ratios(bests, own), limit)
    },
  }
}

function ratios(own: readonly number[], other: readonly number[]): number[] {
  return own.flatMap((value, round) => {
    const divisor = other[round]
    return divisor === undefined || !Number.isFinite(value / divisor) ? [] : [value / divisor]
  })
}

function judge(values: readonly number[], limit: number): Judgement {
  const value = median(values)
  if (values.length === 0 || Number.isNaN(value)) return { value, limit, verdict: 'unclear' }
  const met = values.filter((value) => value <= limit).length
  const verdict = met === values.length ? 'met' : met === 0 ? 'missed' : 'unclear'
  return { value, limit, verdict }
}
