import { Mac } from "effect/crypto"

const encoder = new TextEncoder()

/** Whether two secrets are equal; the time that it takes tells nothing but their lengths. */
export const isSameText = (left: string, right: string): boolean =>
  Mac.timingSafeEqual(encoder.encode(left), encoder.encode(right))
