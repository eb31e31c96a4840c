import { useEffect } from "react";

const shown = { page: "", problems: 0 };

function write(): void {
  const count = shown.problems ? `(${shown.problems}) ` : "";
  document.title = shown.page ? `${count}${shown.page} · Moorline` : `${count}Moorline`;
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (link) link.href = shown.problems ? numbered(shown.problems) : "/icon.svg";
}

function numbered(count: number): string {
  const text = `<text x="16" y="23" font-size="20" font-family="sans-serif" font-weight="700" text-anchor="middle" fill="#fff">${Math.min(count, 99)}</text>`;
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#c62a2f"/>${text}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(picture)}`;
}

/** The tab names the page. */
export function useTitle(page: string): void {
  useEffect(() => {
    shown.page = page;
    write();
  }, [page]);
}

/** The tab's title and icon tell the number of problems. */
export function useProblemCount(count: number): void {
  useEffect(() => {
    shown.problems = count;
    write();
    return () => {
      shown.problems = 0;
      write();
    };
  }, [count]);
}
