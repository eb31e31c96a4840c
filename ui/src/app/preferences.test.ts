import { expect, test } from "vitest";
import { known } from "./preferences";

test("what another version of the page left is not believed", () => {
  const kept = known({
    language: "tlh",
    scheme: "pink",
    hiddenColumns: ["os", 7],
    columnWidths: { os: 120, cpu: "wide", load: -1 },
    fleetSort: 3,
    rates: "nautical",
    discreet: "yes",
  });
  expect(kept).toEqual({
    language: undefined,
    scheme: undefined,
    hiddenColumns: ["os", "7"],
    columnWidths: { os: 120 },
    fleetSort: undefined,
    rates: "bits",
    discreet: false,
  });
});

test("nothing kept is nothing chosen", () => {
  expect(known({}).hiddenColumns).toBeUndefined();
  expect(known({ rates: "bytes", discreet: true })).toMatchObject({ rates: "bytes", discreet: true });
});
