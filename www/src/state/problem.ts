import { KafkaError } from "ottla";

/** A failure in words for the person in front of the page. */
export interface Problem {
  readonly title: string;
  /** What happened, the outermost first, then its causes. */
  readonly details: readonly string[];
}

const TITLES: Readonly<Record<string, string>> = {
  broker: "Kafka refused",
  io: "No connection to the bridge",
  malformed: "The answer was not Kafka's",
  misuse: "That can't be right",
  timeout: "No answer in time",
  closed: "The connection was closed",
};

/** What to say of anything that was thrown. */
export function problem(error: unknown): Problem {
  const details: string[] = [];
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < 5; depth++) {
    const text = at instanceof Error ? at.message : String(at);
    if (text !== "" && !details.includes(text)) details.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  const kind = error instanceof KafkaError ? error.kind : "";
  return { title: TITLES[kind] ?? "Something went wrong", details };
}

/** The same in one line. */
export function inOneLine(error: unknown): string {
  return problem(error).details.join(": ");
}
