import { useKeys } from "../../app/keys";

/** `j` and `k` walk the rows of a list, by the link in each; Enter follows it. */
export function useLineKeys(selector: string): void {
  const walk = (step: number) => {
    const links = [...document.querySelectorAll<HTMLElement>(`${selector} .row-link`)];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
    return links.length > 0;
  };
  useKeys({ j: () => walk(1), k: () => walk(-1) });
}
