import { eventFeed } from "./EventFeed.ts"
import { importing } from "./Import.ts"
import type { Job } from "./Job.ts"
import { matching } from "./Matching.ts"
import { peopleQuestions } from "./PeopleQuestions.ts"
import { startDay } from "./StartDay.ts"

export type JobName = "import" | "matching" | "start-day" | "event-feed" | "people-questions"

export const jobs: Record<JobName, Job> = {
  import: importing,
  matching,
  "start-day": startDay,
  "event-feed": eventFeed,
  "people-questions": peopleQuestions
}
