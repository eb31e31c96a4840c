import { describe, expect, it } from "vitest";
import { Input, Output, type Sink } from "./flow";
import { ACK_EVERY, KEY_CREDIT, MOST_KEYS } from "./wire";

class Paper implements Sink {
  text = "";
  private steps: (() => void)[] = [];
  write(data: Uint8Array, done: () => void): void {
    this.steps.push(() => {
      this.text += new TextDecoder().decode(data).replace("\u0018", "");
      done();
    });
  }
  reset(): void {
    this.text = "";
  }
  work(count = this.steps.length): void {
    for (const step of this.steps.splice(0, count)) step();
  }
}
const bytes = (text: string) => new TextEncoder().encode(text);

function outputs(): { paper: Paper; output: Output; said: number[] } {
  const paper = new Paper();
  const said: number[] = [];
  return { paper, output: new Output(paper, (count) => said.push(count)), said };
}

describe("output", () => {
  it("is acknowledged once it is written, in larger pieces while there is more", () => {
    const { paper, output, said } = outputs();
    output.begin(0, 0, true);
    for (let at = 0; at < 3; at++) output.take(new Uint8Array(ACK_EVERY / 2));
    expect(said).toEqual([]);
    paper.work(2);
    expect(said).toEqual([]);
    paper.work(1);
    expect(said).toEqual([ACK_EVERY]);
    paper.work();
    expect(said).toEqual([ACK_EVERY, ACK_EVERY / 2]);
  });

  it("goes on where it was, and acknowledges nothing of an earlier socket", () => {
    const { paper, output, said } = outputs();
    output.begin(10, 10, true);
    output.take(bytes("abc"));
    expect(output.received).toBe(13);
    output.begin(13, 15, false);
    output.take(bytes("def"));
    paper.work();
    expect(paper.text).toBe("abcdef");
    expect(said.reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(output.written).toBe(16);
  });

  it("replays only until what is old has been written", () => {
    const { paper, output } = outputs();
    output.begin(0, 4, true);
    output.take(bytes("oldnew"));
    expect(output.replaying).toBe(true);
    paper.work(1);
    expect(output.replaying).toBe(true);
    paper.work(1);
    expect(output.replaying).toBe(false);
    expect(output.written).toBe(4);
    paper.work();
    expect(output.written).toBe(6);
  });

  it("empties the screen after what stood in the queue, not before", () => {
    const { paper, output, said } = outputs();
    output.begin(0, 0, true);
    output.take(bytes("gone"));
    output.skip(100, 102);
    output.restore(bytes("["));
    output.take(bytes("xy"));
    paper.work();
    expect(paper.text).toBe("[xy");
    expect(said.reduce((sum, one) => sum + one, 0)).toBe(6); // what was skipped over was written all the same
    expect(output.written).toBe(102);
  });
});

describe("input", () => {
  it("is cut into frames, waits for room, and keeps its order", () => {
    const sent: number[] = [];
    const input = new Input((frame) => sent.push(frame.length - 1) > 0);
    expect(input.put(new Uint8Array(KEY_CREDIT + 10))).toBe(true);
    expect(sent).toHaveLength(KEY_CREDIT / MOST_KEYS);
    expect(input.held).toBe(10);
    input.acknowledge(4);
    expect(sent.at(-1)).toBe(4);
    input.acknowledge(KEY_CREDIT);
    expect(input.held).toBe(0);
    expect(sent.reduce((sum, one) => sum + one, 0)).toBe(KEY_CREDIT + 10);
  });

  it("waits while there is no socket, and gives nothing twice", () => {
    let open = false;
    const sent: string[] = [];
    const input = new Input((frame) => {
      if (open) sent.push(new TextDecoder().decode(frame.subarray(1)));
      return open;
    });
    input.put(bytes("l"));
    input.put(bytes("s"));
    open = true;
    input.begin();
    input.begin();
    expect(sent.join("")).toBe("ls");
    expect(input.put(new Uint8Array(9 * 1024 * 1024))).toBe(false);
  });
});
