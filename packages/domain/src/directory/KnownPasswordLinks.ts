import type { StandingPasswordLink } from "../user/PasswordLinks.ts"
import type { UserId } from "../user/UserId.ts"
import type { OwnPasswordChange } from "./Decision.ts"

/** The links to the password page that a batch knows of, by the hashes of their tokens, and what it made of them. */
export class KnownPasswordLinks {
  private readonly links = new Map<string, StandingPasswordLink | null>()
  /** By what link a person has set their password in this batch: their other links are void. */
  private readonly usedBy = new Map<UserId, string>()

  load(asked: ReadonlySet<string>, loaded: ReadonlyArray<StandingPasswordLink>): void {
    for (const link of loaded) if (!this.links.has(link.tokenHash)) this.links.set(link.tokenHash, link)
    for (const tokenHash of asked) if (!this.links.has(tokenHash)) this.links.set(tokenHash, null)
  }

  unknown(asked: ReadonlyArray<string>): ReadonlyArray<string> {
    return asked.filter((tokenHash) => !this.links.has(tokenHash))
  }

  find(tokenHash: string): StandingPasswordLink | undefined {
    const link = this.links.get(tokenHash) ?? undefined
    const by = link === undefined ? undefined : this.usedBy.get(link.user)
    return link === undefined || by === undefined
      ? link
      : { ...link, used: link.used || by === tokenHash, replaced: link.replaced || by !== tokenHash }
  }

  apply({ tokenHash, user }: OwnPasswordChange): void {
    this.usedBy.set(user, tokenHash)
  }
}
