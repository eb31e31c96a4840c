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

/** The exit code that a shell was asked to tell; null where it is none. */
export const exitCode = (payload: string): number | null => (/^\d{1,3}$/.test(payload) ? Number(payload) : null);
