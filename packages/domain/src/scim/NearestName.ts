/** The name that was probably meant: the closest of those known, at most two edits away; undefined where none is. */
export const nearestName = (name: string, known: ReadonlyArray<string>): string | undefined => {
  // Longer names are no slips of the finger, and the distance costs the product of the lengths.
  if (name.length < 3 || name.length > 64) return undefined
  const folded = name.toLowerCase()
  let best: string | undefined
  let bestDistance = name.length < 6 ? 2 : 3
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(folded, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein's distance, one row at a time. */
const editDistance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, i) => i)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
