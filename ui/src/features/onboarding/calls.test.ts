import { expect, test } from "vitest";
import { formatOf } from "./calls";

test("a file's kind is seen by its name or how it begins", () => {
  expect(formatOf("hosts.csv", "")).toBe("csv");
  expect(formatOf("hosts.yml", "")).toBe("ansible");
  expect(formatOf("config", "# mine\nHost web\n  Port 22\n")).toBe("ssh_config");
  expect(formatOf("hosts", "[web]\nweb-1\n")).toBe("ansible");
  expect(formatOf("hosts", "name,address\n")).toBe("csv");
});
