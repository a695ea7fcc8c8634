import { setTimeout as pause } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { openDatabase, type ServerWithOrganizations, startWithOrganizations } from "../support/Databases.ts"
import { type LoopbackMailServer, startMailServer } from "../support/LoopbackMailServer.ts"
import { rollcallHere } from "../support/RollcallHere.ts"
import { type Company, type Day, firstDay, foundCompany, type Person } from "./Company.ts"
import { compare, type Expectation } from "./Comparison.ts"
import { importDirectory } from "./DirectoryImport.ts"
import { EntraClient } from "./EntraClient.ts"
import { entraExpectation, oktaExpectation } from "./Expectations.ts"
import { eveningAndMorning, HiringBook, mondayAfter, plusDays, todayOf } from "./Hiring.ts"
import { provision, resync } from "./IdentityProvider.ts"
import { OktaClient } from "./OktaClient.ts"
import { readOutbox } from "./Outbox.ts"
import { ENTERPRISE, jsonAt } from "./Wire.ts"

const SEED = 20_270_201
const FROM = "hello@rollcall.example"
const SIGN_IN = "https://sso.haldenrobotics.example/sign-in"
const subjects: Readonly<Record<string, string>> = {
  welcome: "Welcome to Rollcall",
  startDay: "Your Rollcall account is open",
  welcomeBack: "Welcome back to Rollcall"
}

/** Two organisations, one for each identity provider, with a company each. */
const organizations = ["hiring-okta", "hiring-entra"] as const
type OrganizationName = (typeof organizations)[number]

describe("a company's month of hiring (PostgreSQL 15)", () => {
  const [evening, morning] = eveningAndMorning()
  const today = todayOf(evening)
  let mail: LoopbackMailServer
  let started: ServerWithOrganizations
  let databaseUrl = ""
  let drop: () => Promise<void>
  const written: Array<readonly [organization: OrganizationName, address: string, occasion: string]> = []

  /** Runs the command line beside the server, as an operator does. */
  const operate = async (...args: ReadonlyArray<string>) => {
    const { code, stderr, stdout } = await rollcallHere(args, { DATABASE_URL: databaseUrl })
    assert.strictEqual(code, 0, `${args.join(" ")}\n${stdout}${stderr}`)
  }

  beforeAll(async () => {
    mail = await startMailServer()
    const database = await openDatabase("postgresql")
    drop = database.drop
    databaseUrl = database.env.DATABASE_URL ?? ""
    started = await startWithOrganizations({
      database,
      organizations: organizations.map((subdomain) => ({ subdomain, name: "Halden Robotics", preset: "product" })),
      env: { SMTP_URL: `smtp://127.0.0.1:${mail.port}`, MAIL_FROM: FROM }
    })
    for (const name of organizations) {
      await operate("org", "settings", name, "--time-zone", evening, "--past-start-dates", "start-now")
    }
  }, 120_000)

  afterAll(async () => {
    await started?.stop()
    await drop?.()
    await mail?.close()
  }, 60_000)

  const companyOf = (seed: number): { readonly company: Company; readonly book: HiringBook } => {
    const company = foundCompany(seed, { people: 12, groups: 3 })
    return { company, book: new HiringBook(company, seed) }
  }
  const worlds = { "hiring-okta": companyOf(SEED), "hiring-entra": companyOf(SEED + 1) }
  const expectations = new Map<OrganizationName, Expectation>()
  const expectationOf = (name: OrganizationName): Expectation => {
    const known = expectations.get(name)
    if (known !== undefined) return known
    const { scim } = started.organization(name)
    const made =
      name === "hiring-okta"
        ? oktaExpectation(new OktaClient("catalogue", scim))
        : entraExpectation(new EntraClient("compliant", scim))
    expectations.set(name, made)
    return made
  }

  /** What happens in both organisations, and whom it is written to; ends when the mail server has it all. */
  const live = async (
    happening: (name: OrganizationName, day: (day: Day) => Promise<void>) => Promise<void>
  ): Promise<void> => {
    for (const name of organizations) {
      await happening(name, (day) => provision(expectationOf(name).provider, day))
    }
    while (sent().length < written.length) await pause(50)
    assert.deepEqual(
      inOrder(sent().map(({ email, to }) => [...to, email.subject ?? ""])),
      inOrder(written.map(([, address, occasion]) => [address, subjects[occasion] ?? occasion]))
    )
    for (const name of organizations) {
      const content = await importDirectory(started.organization(name).scim)
      const wrong = compare(expectationOf(name), worlds[name].company, content)
      assert.deepEqual(wrong.slice(0, 20), [], name)
    }
  }

  const inOrder = (lines: ReadonlyArray<ReadonlyArray<string>>) => lines.map((line) => line.join(" ")).sort()

  /** What this server has sent; a repetition of a message under its own id is the same e-mail (ABUSE-36). */
  const sent = () => {
    const own = mail.received.filter(({ from }) => from === FROM)
    return [...new Map(own.map((message) => [message.email.messageId, message] as const)).values()]
  }

  const writtenTo = (name: OrganizationName, occasion: string, ...people: ReadonlyArray<Person>) => {
    for (const { email } of people) written.push([name, email, occasion])
  }

  const latest = (name: OrganizationName, { key }: Person): Person => {
    const person = worlds[name].company.people.get(key)
    if (person === undefined) throw new Error(`nobody is ${key}`)
    return person
  }

  /** The manager of somebody as it is read. */
  const shownManager = async (name: OrganizationName, { key }: Person) => {
    const id = expectationOf(name).provider.idOf(key)
    const read = await started.organization(name).scim.request({ method: "GET", path: `/Users/${id}` })
    return jsonAt(jsonAt(read.body, ENTERPRISE), "manager")
  }

  const hires = new Map<OrganizationName, Record<"tomorrow" | "leaver" | "monday" | "early" | "boss", Person>>()
  const hiresOf = (name: OrganizationName) => {
    const known = hires.get(name)
    if (known === undefined) throw new Error(`${name} has hired nobody`)
    return known
  }

  it("is founded: people come in no order, managers after their reports, and each is welcomed (R-MGR-2, R-START-4)", async () => {
    await live(async (name, day) => {
      const { company } = worlds[name]
      await day(firstDay(company, SEED))
      writtenTo(name, "welcome", ...company.people.values())
    })
    for (const { email } of sent()) assert.notInclude(email.text ?? "", SIGN_IN)
  }, 120_000)

  it("hires for tomorrow, next Monday, today and yesterday, and writes to who has started (R-START-3 to R-START-5)", async () => {
    await live(async (name, day) => {
      const { book, company } = worlds[name]
      const [chief] = company.people.values()
      const boss = book.hire(chief, undefined)
      const early = book.hire(boss, plusDays(today, -1))
      const present = book.hire(boss, today)
      const tomorrow = book.hire(boss, plusDays(today, 1))
      const leaver = book.hire(chief, plusDays(today, 1))
      const monday = book.hire(tomorrow, mondayAfter(today))
      hires.set(name, { tomorrow, leaver, monday, early, boss })
      // The report of tomorrow's and the reports of the boss, before either is there.
      await day(book.joins(monday, early, present, leaver))
      writtenTo(name, "welcome", early, present)
    })
  }, 120_000)

  it("hires their manager after them, and the manager is there with that very write (R-MGR-2)", async () => {
    await live(async (name, day) => {
      const { book } = worlds[name]
      const { boss, early, tomorrow } = hiresOf(name)
      await day(book.joins(boss, tomorrow))
      writtenTo(name, "welcome", boss)
      if (name === "hiring-okta") return
      // Entra had nobody to refer to before, and does so in its next cycle.
      await day(book.reportsTo(latest(name, early), boss))
    })
  }, 120_000)

  it("turns single sign-on on: who comes now is led to its page (R-MAIL-1)", async () => {
    for (const name of organizations) await operate("org", "sso", name, "--on", "--sign-in-url", SIGN_IN)
    const before = sent().length
    await live(async (name, day) => {
      const { book } = worlds[name]
      const joined = book.hire(latest(name, hiresOf(name).boss), undefined)
      await day(book.joins(joined))
      writtenTo(name, "welcome", joined)
    })
    const welcomes = sent().slice(before)
    assert.lengthOf(welcomes, organizations.length)
    for (const { email } of welcomes) assert.include(email.text ?? "", SIGN_IN)
  }, 120_000)

  it("opens a review: managers stay until it closes, and then are the ones that were sent (R-MGR-4, R-MGR-5)", async () => {
    const until = new Date(Date.now() + 86_400_000).toISOString()
    for (const name of organizations) {
      await operate("review-window", "open", name, "--name", "Best-Self Review", "--until", `${until.slice(0, 16)}Z`)
    }
    const moved: Array<readonly [OrganizationName, Person]> = []
    for (const name of organizations) {
      const { book, company } = worlds[name]
      const { provider } = expectationOf(name)
      const [, , third] = company.people.values()
      if (third === undefined) throw new Error("nobody")
      const mover = latest(name, hiresOf(name).early)
      await provision(provider, book.reportsTo(mover, third))
      const shown = await shownManager(name, mover)
      assert.deepEqual(Object.keys(shown), ["value"], "what is held reads back as sent, and that is all")
      moved.push([name, mover])
      const joined = book.hire(third, undefined)
      await provision(provider, book.joins(joined))
      writtenTo(name, "welcome", joined)
      // Somebody new has nobody's review to disturb; but Entra tells of the manager when they are there already.
      const isHeld = name === "hiring-entra"
      assert.strictEqual(Object.hasOwn(await shownManager(name, joined), "displayName"), !isHeld)
      if (isHeld) moved.push([name, joined])
    }
    for (const name of organizations) await operate("review-window", "close", name)
    // The clock looks once a minute.
    for (const [name, mover] of moved) {
      while ((await shownManager(name, mover)).displayName === undefined) await pause(500)
    }
    await live(async () => undefined)
  }, 240_000)

  it("loses two, one of them before the first day, and gets one back, who is welcomed back (R-START-7, R-USER-7)", async () => {
    await live(async (name, day) => {
      const { book, company } = worlds[name]
      const someone = [...company.people.values()][7]
      if (someone === undefined) throw new Error("nobody")
      await day(book.leaves(latest(name, hiresOf(name).leaver)))
      await day(book.leaves(someone))
      await day(book.returns(latest(name, someone)))
      writtenTo(name, "welcomeBack", someone)
    })
  }, 120_000)

  it("sees a midnight pass: who starts that day is written to, once, and nobody else (R-START-3)", async () => {
    for (const name of organizations) await operate("org", "sso", name, "--off")
    const before = sent().length
    for (const name of organizations) await operate("org", "settings", name, "--time-zone", morning)
    for (const name of organizations) writtenTo(name, "startDay", hiresOf(name).tomorrow)
    await live(async () => undefined)
    for (const { email } of sent().slice(before)) assert.notInclude(email.text ?? "", SIGN_IN)
  }, 240_000)

  it("changes nothing and writes to nobody when everything is sent again (R-USER-12)", async () => {
    for (const name of organizations) await resync(expectationOf(name).provider, worlds[name].company)
    await live(async () => undefined)
  }, 120_000)

  it("has written every e-mail that the month caused, and no other (R-MAIL-3)", async () => {
    const all: Array<readonly [OrganizationName, string, string]> = []
    for (const name of organizations) {
      let outbox = await readOutbox(databaseUrl, name)
      while (outbox.unread > 0 || outbox.mails.some(({ state }) => state === "pending")) {
        await pause(100)
        outbox = await readOutbox(databaseUrl, name)
      }
      for (const { occasion, recipient, state } of outbox.mails) {
        assert.strictEqual(state, "sent", `${occasion} to ${recipient}`)
        all.push([name, recipient ?? "nobody", occasion])
      }
    }
    assert.deepEqual(inOrder(all), inOrder(written))
    const counted = Object.keys(subjects).map((occasion) => {
      const of = (name: string) => written.filter(([where, , what]) => where === name && what === occasion).length
      return `${occasion.padEnd(12)} ${organizations.map((name) => `${name} ${of(name)}`).join("  ")}`
    })
    console.log(`the e-mails of a month of hiring:\n${counted.join("\n")}`)
  }, 120_000)
})
