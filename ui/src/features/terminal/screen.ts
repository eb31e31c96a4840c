import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { type ITheme, Terminal } from "@xterm/xterm";
import { copied, linkTarget, plainLine } from "./hostile";
import { exitCode, shellsOwn } from "./reports";
import { MARK } from "./runs";

const SCROLLBACK = 10_000;
const LONGEST_LAST = 200;
/** Browsers take the canvas away from the oldest when there are more than sixteen. */
const MOST_CANVASES = 8;
let canvases = 0;

export interface Looks {
  theme: ITheme;
  fontSize: number;
  readAloud: boolean;
}

export interface Doings {
  /** Typed, or said by the terminal itself. */
  input?: (data: string) => void;
  size?: (cols: number, rows: number) => void;
  title?: (title: string) => void;
  link?: (url: URL) => void;
  copy?: (text: string) => void;
  paste?: (text: string) => void;
  /** Something has been selected by the mouse. */
  selected?: () => void;
  /** Keys of the page; true when the key was one of them. */
  key?: (event: KeyboardEvent) => boolean;
  /** A command has ended, as far as the shell says so. */
  ended?: (code: number | null) => void;
}

/** A command that runs. */
export interface Following {
  /** What has been printed last since it began. */
  last: () => string;
  /** Something stood before the cursor that looks like a prompt. */
  prompts: boolean;
  /** The same prompt stands there again. */
  back: () => boolean;
}

/** One xterm.js with all that Moorline adds to it; it outlives the elements that show it. */
export class Screen {
  readonly element = document.createElement("div");
  readonly term: Terminal;
  readonly search = new SearchAddon();
  private readonly fitting = new FitAddon();
  private opened = false;
  private dropCanvas: (() => void) | null = null;
  /** The shell tells by itself how commands end. */
  tells = false;

  constructor(looks: Looks, doings: Doings, size?: { cols: number; rows: number }) {
    this.element.className = "terminal-screen";
    this.term = new Terminal({
      allowProposedApi: true, // for the widths of Unicode 11 and the marks of a search
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--mantine-font-family-monospace"),
      scrollback: SCROLLBACK,
      macOptionIsMeta: true,
      rescaleOverlappingGlyphs: true,
      minimumContrastRatio: 3,
      disableStdin: doings.input === undefined,
      linkHandler: { activate: (_, text) => follow(text, doings) },
      ...options(looks),
      ...size,
    });
    this.element.style.background = looks.theme.background ?? "";
    this.term.loadAddon(this.search);
    this.term.loadAddon(this.fitting);
    this.term.loadAddon(new Unicode11Addon());
    this.term.unicode.activeVersion = "11";
    this.term.loadAddon(new WebLinksAddon((_, text) => follow(text, doings)));
    this.listen(doings);
  }

  private listen(doings: Doings): void {
    const { term } = this;
    term.onData((data) => doings.input?.(data));
    term.onBinary((data) => doings.input?.(data));
    term.onResize(({ cols, rows }) => doings.size?.(cols, rows));
    term.onTitleChange((title) => doings.title?.(plainLine(title)));
    term.attachCustomKeyEventHandler((event) => !(event.type === "keydown" && doings.key?.(event)));
    term.parser.registerOscHandler(52, (payload) => {
      const text = copied(payload);
      if (text !== null) doings.copy?.(text);
      return true;
    });
    term.parser.registerOscHandler(MARK, (payload) => {
      doings.ended?.(exitCode(payload));
      return true;
    });
    term.parser.registerOscHandler(133, (payload) => {
      const code = shellsOwn(payload);
      if (code === undefined) return true;
      this.tells = code !== null;
      doings.ended?.(code);
      return true;
    });
    this.element.addEventListener("mouseup", () => term.hasSelection() && doings.selected?.());
    this.element.addEventListener(
      "paste",
      (event) => {
        event.preventDefault();
        event.stopPropagation();
        doings.paste?.(event.clipboardData?.getData("text/plain") ?? "");
      },
      true,
    );
  }

  /** Shows it in an element; what it showed stays. */
  attach(parent: HTMLElement): void {
    parent.append(this.element);
    if (!this.opened) {
      this.opened = true;
      this.term.open(this.element);
      this.drawFast();
    }
  }

  /** By WebGL where there is a graphics card for it, else as elements. */
  private async drawFast(): Promise<void> {
    if (canvases >= MOST_CANVASES || !hasGraphics()) return;
    canvases += 1;
    const { WebglAddon } = await import("@xterm/addon-webgl");
    try {
      const addon = new WebglAddon();
      this.dropCanvas = () => {
        this.dropCanvas = null;
        canvases -= 1;
        addon.dispose();
      };
      addon.onContextLoss(() => this.dropCanvas?.());
      this.term.loadAddon(addon);
    } catch {
      if (this.dropCanvas) this.dropCanvas = null;
      canvases -= 1;
    }
  }

  /** As many columns and rows as fit; nothing while it is not to be seen. */
  fit(): void {
    if (this.element.clientWidth < 24 || this.element.clientHeight < 16) return;
    this.fitting.fit();
  }

  look(looks: Looks): void {
    this.recolour(looks);
    this.fit();
  }

  /** As look, of a size that is not its own to choose. */
  recolour(looks: Looks): void {
    Object.assign(this.term.options, options(looks));
    this.element.style.background = looks.theme.background ?? "";
  }

  /** Remembers where a command is about to be echoed, and behind which prompt. */
  follow(): Following {
    const mark = this.term.registerMarker();
    const line = () => (mark && !mark.isDisposed ? mark.line : -1);
    const prompt = this.beforeCursor();
    return {
      last: () => this.lastSince(line()),
      prompts: prompt !== "",
      back: () => prompt !== "" && this.cursorRow() > line() && this.beforeCursor() === prompt,
    };
  }

  private cursorRow(): number {
    const { baseY, cursorY } = this.term.buffer.active;
    return baseY + cursorY;
  }

  private beforeCursor(): string {
    const { active } = this.term.buffer;
    return active.getLine(this.cursorRow())?.translateToString(true, 0, active.cursorX).trim() ?? "";
  }

  private lastSince(from: number): string {
    const buffer = this.term.buffer.active;
    let first = from + 1;
    while (buffer.getLine(first)?.isWrapped) first += 1;
    for (let row = this.cursorRow(); row >= Math.max(first, 0); row--) {
      const line = plainLine(buffer.getLine(row)?.translateToString(true) ?? "", LONGEST_LAST);
      if (line !== "") return line;
    }
    return "";
  }

  dispose(): void {
    this.dropCanvas?.();
    this.term.dispose();
    this.element.remove();
  }
}

const BY_PROCESSOR = /swiftshader|llvmpipe|softpipe|software|basic render/i;
let graphics: boolean | undefined;

/** WebGL that a processor computes is slower than elements are. */
function hasGraphics(): boolean {
  if (graphics === undefined) {
    const context = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
    const name = context?.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
    graphics = context !== null && !(name && BY_PROCESSOR.test(String(context.getParameter(name))));
    context?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return graphics;
}

const options = ({ theme, fontSize, readAloud }: Looks) => ({ theme, fontSize, screenReaderMode: readAloud });

function follow(text: string, doings: Doings): void {
  const url = linkTarget(text);
  if (url) doings.link?.(url);
}
