import { expect, test } from "vitest";
import { held, join } from "./join";

const one = (metric: string, avg: (number | null)[]) => ({ metric, instance: "", avg });
const never = () => false;

test("what is stored fills in where nobody looked", () => {
  const joined = join(
    { times: [10, 20, 30, 40], series: [one("load1", [1, 2, 3, 4])] },
    { times: [19, 20, 21, 41], series: [one("load1", [5, 6, 7, 8])] },
    5,
    never,
  );
  expect(joined.times).toEqual([10, 19, 20, 21, 30, 41]);
  expect(joined.series).toEqual([one("load1", [1, 5, 6, 7, 3, 8])]);
});

test("a series that only one side has is empty on the other", () => {
  const joined = join(
    { times: [10], series: [one("old", [1])] },
    { times: [20, 21], series: [one("new", [2, 3])] },
    5,
    never,
  );
  expect(joined.series).toEqual([one("old", [1, null, null]), one("new", [null, 2, 3])]);
});

test("what is read once a minute comes from the store beside live seconds, and breaks no other line", () => {
  const joined = join(
    { times: [60], series: [one("load1", [9]), one("process_count", [80])] },
    { times: [59, 60.5, 61], series: [one("load1", [1, 2, 3])] },
    5,
    (metric) => metric === "process_count",
  );
  expect(joined.times).toEqual([59, 60, 60.5, 61]);
  expect(joined.series).toEqual([one("load1", [1, 1, 2, 3]), one("process_count", [null, 80, null, null])]);
});

test("the reading with which a look begins, which knows no rates, leaves its place to what is stored", () => {
  const joined = join(
    { times: [10, 20], series: [one("cpu", [1, 2])] },
    { times: [5, 21, 22], series: [one("cpu", [9, null, 4])] },
    5,
    never,
  );
  expect(joined.times).toEqual([5, 22]);
  expect(joined.series).toEqual([one("cpu", [9, 4])]);
});

test("a slow reading holds until the next one, and not for ever", () => {
  expect(held([0, 10, 60, 70, 300], [7, null, 8, null, null], 90)).toEqual([7, 7, 8, 8, null]);
  expect(held([0, 10], [null, null], 90)).toEqual([null, null]);
});

test("without a window there is what was stored", () => {
  const joined = join({ times: [10], series: [one("a", [1])] }, { times: [], series: [] }, 5, never);
  expect(joined).toEqual({ times: [10], series: [one("a", [1])] });
});
