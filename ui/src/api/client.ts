import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Host = Schemas["HostView"];
export type Me = Schemas["Me"];
export type HostState = Schemas["HostState"];

export interface FieldProblem {
  field: string;
  message: string;
}

/** An answer that says what went wrong; `code` is a stable word, `message` a sentence that says what to do. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: FieldProblem[] = [],
    readonly retryAfterS: number | null = null,
    /** All that the answer said. */
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }
}

let csrfToken: string | null = null;

export function rememberCsrf(token: string | null): void {
  csrfToken = token;
}

/** What has to be sent along with anything that changes something. */
export const csrfHeaders = (): Record<string, string> => (csrfToken === null ? {} : { "X-CSRF-Token": csrfToken });

/** What an answer that is no success says. */
export async function problemOf(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => ({}));
  const retry = Number(response.headers.get("Retry-After"));
  return new Problem(
    response.status,
    body.code ?? "unknown",
    body.detail ?? response.statusText,
    body.errors ?? [],
    Number.isFinite(retry) && retry > 0 ? retry : null,
    body,
  );
}

const guard: Middleware = {
  onRequest({ request }) {
    if (csrfToken !== null && request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    throw await problemOf(response);
  },
  onError() {
    return new Problem(0, "offline", "offline");
  },
};

const client = createClient<paths>({ baseUrl: "", credentials: "same-origin" });
client.use(guard);

export const api = client;

/** What a call brought; the middleware has thrown for anything that is no success. */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}
