import { expect, test } from "vitest";
import { join } from "./join";

const one = (metric: string, avg: (number | null)[]) => ({ metric, instance: "", avg });

test("what is stored ends where the window begins", () => {
  const joined = join(
    { times: [10, 20, 30], series: [one("load1", [1, 2, 3])] },
    { times: [25, 26], series: [one("load1", [4, 5])] },
  );
  expect(joined).toEqual({ times: [10, 20, 25, 26], series: [one("load1", [1, 2, 4, 5])], stored: 2 });
});

test("a series that only one side has is empty on the other", () => {
  const joined = join({ times: [10], series: [one("old", [1])] }, { times: [20, 21], series: [one("new", [2, 3])] });
  expect(joined.series).toEqual([one("old", [1, null, null]), one("new", [null, 2, 3])]);
});

test("without a window there is what was stored", () => {
  expect(join({ times: [10], series: [one("a", [1])] }, { times: [], series: [] })).toEqual({
    times: [10],
    series: [one("a", [1])],
    stored: 1,
  });
});
