import { csrfHeaders, Problem } from "../../api/client";

const GIVE_UP_MS = 60_000;
const HASHED_HERE = 64 * 1024 * 1024;

/** Sends bytes; `progress` is told how many have left. An abort is an error of the name "AbortError". */
export function send(
  method: "PUT" | "POST",
  url: string,
  body: Blob,
  signal: AbortSignal,
  progress: (sent: number) => void,
): Promise<Record<string, unknown>> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let silence: ReturnType<typeof setTimeout> | undefined;
    // a connection that was cut without a word is noticed by its silence
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, GIVE_UP_MS);
    };
    const end = () => {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
    };
    request.open(method, url);
    for (const [name, value] of Object.entries(csrfHeaders())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      heard();
      progress(event.loaded);
    };
    request.upload.onload = () => clearTimeout(silence); // from here on the host is waited for
    request.onload = () => {
      end();
      const said = (request.response ?? {}) as Record<string, unknown>;
      if (request.status >= 200 && request.status < 300) done(said);
      else
        fail(
          new Problem(
            request.status,
            String(said.code ?? "unknown"),
            String(said.detail ?? request.statusText),
            [],
            null,
            said,
          ),
        );
    };
    request.onerror = () => {
      end();
      fail(new Problem(0, "offline", "offline"));
    };
    request.onabort = () => {
      end();
      fail(signal.aborted ? new DOMException("", "AbortError") : new Problem(0, "offline", "offline"));
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) return stop();
    heard();
    request.send(body);
  });
}

/** Is it a matter of time: no connection, or a host that is away for a moment? */
export const mayPass = (error: Problem) =>
  error.status === 0 || error.status === 502 || error.status === 503 || error.status === 504;

/** Of files that fit in memory, where the browser can: compared with what arrived. */
export async function hashed(file: File): Promise<string | null> {
  if (file.size > HASHED_HERE || !globalThis.crypto?.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
