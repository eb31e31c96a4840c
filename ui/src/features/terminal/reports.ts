// biome-ignore-all lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
/** What a terminal says by itself, as against what somebody types. Pure. */

const SHIFTED_F3 = /^\x1b\[1;[2-8]R$/;
/** Answers to questions about device, cursor, modes, colours and size; news of focus. */
const REPORT = /^\x1b(?:\[[?>=]?[\d;]*(?:\$y|[cRnty])|\[[IO]|[P\]_][\s\S]*)$/;

const MOUSE = /^\x1b\[(?:<[\d;]+[Mm]|M[\s\S]{3})$/;

/** Where the mouse is: for the session below it alone. */
export const isMouse = (data: string): boolean => MOUSE.test(data);

/** The terminal's own words: they concern the session that asked, and nobody else. */
export const isReport = (data: string): boolean => REPORT.test(data) && !SHIFTED_F3.test(data);

const code = (digits: string | undefined): number | null => (digits === undefined ? null : Number(digits));

/** The exit code that a shell was asked to tell (see withMark): "$status;\\$?0\\"; null where it is none. */
export function exitCode(payload: string): number | null {
  const [, status, posix] = /^(\d{0,3});(?:\\(\d{1,3})0\\|.{0,8})$/.exec(payload) ?? [];
  return code(posix ?? (status || undefined));
}

/** What a shell tells by itself when a command has ended (OSC 133;D): its code, null without one; undefined: no such news. */
export function shellsOwn(payload: string): number | null | undefined {
  const [found, digits] = /^D(?:;(\d{1,3}))?(?:;.*)?$/.exec(payload) ?? [];
  return found === undefined ? undefined : code(digits);
}
