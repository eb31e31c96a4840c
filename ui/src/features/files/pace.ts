/** How fast something goes and how long it will take, over the last seconds. */
export interface Pace {
  perS: number | null;
  leftS: number | null;
}

const OVER_S = 8;

export class Meter {
  private points: [number, number][] = [];

  /** `done` bytes were there at `at` seconds. */
  note(done: number, at: number): void {
    const last = this.points.at(-1);
    if (last && done < last[1]) this.points = [];
    this.points.push([at, done]);
    const old = this.points.findIndex(([time]) => time >= at - OVER_S);
    if (old > 1) this.points.splice(0, old - 1);
  }

  /** After a pause what was before it says nothing. */
  rest(): void {
    this.points = [];
  }

  pace(total: number | null): Pace {
    const first = this.points[0];
    const last = this.points.at(-1);
    if (!first || !last || last[0] - first[0] < 0.2) return { perS: null, leftS: null };
    const perS = (last[1] - first[1]) / (last[0] - first[0]);
    return { perS, leftS: total === null || perS <= 0 ? null : Math.max(0, total - last[1]) / perS };
  }
}
