import { eventFeed } from "./EventFeed.ts"
import type { Job } from "./Job.ts"
import { matching } from "./Matching.ts"
import { peopleQuestions } from "./PeopleQuestions.ts"
import { startDay } from "./StartDay.ts"

export type JobName = "matching" | "start-day" | "event-feed" | "people-questions"

export const jobs: Record<JobName, Job> = {
  matching,
  "start-day": startDay,
  "event-feed": eventFeed,
  "people-questions": peopleQuestions
}
