import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"

/** So many bytes are drawn from the system at a time. */
const poolSize = 4_096
/** Whoever wants more at once is served by the system. */
const mostPooled = 64

/**
 * Random bytes of `fill`, which overwrites what it is given with bytes from a secure source. Small amounts, such as an
 * id takes, are drawn many at a time, since asking the system costs far more than the bytes. No byte is handed out
 * twice, and those handed out do not stay here.
 */
export const pooledBytes = (fill: (bytes: Uint8Array<ArrayBuffer>) => void): ((size: number) => Uint8Array) => {
  const pool = new Uint8Array(poolSize)
  let used = poolSize
  return (size) => {
    if (size > mostPooled) {
      const bytes = new Uint8Array(size)
      // What `getRandomValues` fills at once is limited.
      for (let from = 0; from < size; from += poolSize) fill(bytes.subarray(from, from + poolSize))
      return bytes
    }
    if (used + size > poolSize) {
      fill(pool)
      used = 0
    }
    const bytes = pool.slice(used, used + size)
    pool.fill(0, used, used + size)
    used += size
    return bytes
  }
}

/** The system's secure random numbers, through a pool. */
export const layerPooledRandom: Layer.Layer<SecureRandom.SecureRandom> = Layer.sync(SecureRandom.SecureRandom, () =>
  SecureRandom.make(pooledBytes((bytes) => crypto.getRandomValues(bytes)))
)
