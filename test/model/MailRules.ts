import { emailOf, livingPerson, type Occasion, type Owed, type Person, type World } from "./World.ts"

/** R-MAIL-3: what is owed stands in the world from the moment of the change. */
export const owe = (world: World, { id }: Person, occasion: Occasion): void => {
  world.mails.push({
    user: id,
    occasion,
    addresses: new Set(),
    mayBeWithdrawn: false,
    mayBeGivenUp: false,
    isOver: false
  })
}

/** What becomes of an e-mail that is sent at this moment. */
export type Outcome = { readonly state: "sent"; readonly to: string } | { readonly state: "withdrawn" | "givenUp" }

/** Whoever is deleted or deactivated is not written to (R-USER-7), nor for a password where there is none to choose. */
export const outcomeNow = (world: World, mail: Owed): Outcome => {
  const person = livingPerson(world, mail.user)
  if (person?.sent.active !== true) return { state: "withdrawn" }
  if (mail.occasion === "passwordReset" && world.singleSignOn) return { state: "withdrawn" }
  const to = emailOf(person.sent)
  return to === undefined ? { state: "givenUp" } : { state: "sent", to }
}

/** Notes what may happen to the e-mails that are on their way at this moment; to be called after every change. */
export const noteMails = (world: World): void => {
  for (const mail of world.mails) {
    if (mail.isOver) continue
    const outcome = outcomeNow(world, mail)
    if (outcome.state === "sent") mail.addresses.add(outcome.to.toLowerCase())
    else if (outcome.state === "withdrawn") mail.mayBeWithdrawn = true
    else mail.mayBeGivenUp = true
  }
}

/** Nothing is on its way any more. */
export const endMails = (world: World): void => {
  for (const mail of world.mails) mail.isOver = true
}
