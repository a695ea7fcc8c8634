import type { Occasion } from "@rollcall/domain/mail/Occasion"

/** What an e-mail is about; names are one line each. */
export interface MailSubject {
  readonly occasion: Occasion
  readonly productName: string
  readonly organizationName: string
  /** What the person is called, where that is known. */
  readonly personName: string | undefined
  /** Where its button leads; undefined where the organisation has no page to sign in. */
  readonly link: MailLink | undefined
}

/** `signIn`: the organisation's own page to sign in. `password`: the page where the person chooses a password. */
export interface MailLink {
  readonly kind: "signIn" | "password"
  readonly url: string
}

/** The words of an e-mail, from top to bottom. */
export interface MailTexts {
  readonly subject: string
  readonly heading: string
  readonly greeting: string
  readonly paragraphs: ReadonlyArray<string>
  readonly button: string | undefined
  /** In small print beneath. */
  readonly notes: ReadonlyArray<string>
}

/** Every word of every e-mail (R-MAIL-1). */
export const mailTexts = (about: MailSubject): MailTexts => {
  const { link, organizationName, personName } = about
  const notes = [
    ...(link?.kind === "password"
      ? ["The link works once, and for 72 hours. After that, ask your administrators to send this e-mail again."]
      : []),
    `You receive this e-mail because ${organizationName} gave you an account under this address. It needs no answer.`
  ]
  return {
    ...wordsFor[about.occasion](about),
    greeting: personName === undefined ? "Hello," : `Hello ${personName},`,
    notes
  }
}

type Words = Omit<MailTexts, "greeting" | "notes">

const signInWords = (link: MailLink | undefined, organizationName: string): Pick<Words, "paragraphs" | "button"> => {
  if (link?.kind === "password") {
    return { paragraphs: ["Choose a password, then you can sign in."], button: "Choose a password" }
  }
  return {
    paragraphs: [`You sign in with the account that you have at ${organizationName}.`],
    button: link === undefined ? undefined : "Sign in"
  }
}

const wordsFor: Readonly<Record<Occasion, (about: MailSubject) => Words>> = {
  welcome: ({ link, organizationName, productName }) => {
    const { button, paragraphs } = signInWords(link, organizationName)
    return {
      subject: `Welcome to ${productName}`,
      heading: `Welcome to ${productName}`,
      paragraphs: [`${organizationName} has made an account for you.`, ...paragraphs],
      button
    }
  },
  startDay: ({ link, organizationName, productName }) => {
    const { button, paragraphs } = signInWords(link, organizationName)
    return {
      subject: `Your ${productName} account is open`,
      heading: `Your ${productName} account is open`,
      paragraphs: [
        `Your start date at ${organizationName} has come, and your account is open from now on.`,
        ...paragraphs
      ],
      button
    }
  },
  welcomeBack: ({ link, organizationName, productName }) => ({
    subject: `Welcome back to ${productName}`,
    heading: `Welcome back to ${productName}`,
    paragraphs: [
      `Your account at ${organizationName} is active again.`,
      link?.kind === "password"
        ? "You sign in with the password that you had. Should you have none, or not remember it, choose a new one."
        : `You sign in with the account that you have at ${organizationName}.`
    ],
    button: link === undefined ? undefined : link.kind === "password" ? "Choose a new password" : "Sign in"
  }),
  passwordReset: ({ link, organizationName, productName }) => ({
    subject: `Your ${productName} password was changed`,
    heading: "Your password was changed",
    paragraphs: [
      `${organizationName} has set another password for your ${productName} account.`,
      "Should you not know it, choose one yourself."
    ],
    button: link === undefined ? undefined : "Choose a new password"
  })
}
