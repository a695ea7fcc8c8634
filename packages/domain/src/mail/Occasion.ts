import { Schema } from "effect"

/**
 * What a person is written to for (R-MAIL-1): `welcome` at a first start by a request, `startDay` at one by the clock,
 * `welcomeBack` after a reactivation or revival, `passwordReset` after their identity provider sent a password.
 */
export const Occasion = Schema.Literals(["welcome", "startDay", "welcomeBack", "passwordReset"])
export type Occasion = typeof Occasion.Type
