import { describe, expect, it } from "vitest";
import type { Template } from "../../jobs/types";
import { BLANK, bodyOf, changed, errorsByNode, faultOf, withNode, withoutNode, withoutWay, withWay } from "./draft";

const [one, first] = withNode(BLANK, "template", null);
const [two, second] = withNode(one, "approval", first);
const known = new Map([[7, { id: 7, name: "Update" } as Template]]);

describe("a workflow while it is written", () => {
  it("gets nodes with keys of their own, behind the one that is chosen", () => {
    expect(two.nodes.map((node) => node.key)).toEqual(["n1", "n2"]);
    expect(two.edges).toEqual([{ from: "n1", to: "n2", when: "success" }]);
    const [again] = withNode(withoutNode(two, "n1"), "template", null);
    expect(new Set(again.nodes.map((node) => node.key)).size).toBe(2);
  });
  it("has one way for a pair, and none of a node that is gone", () => {
    const failing = withWay(two, first, second, "failure");
    expect(failing.edges).toEqual([{ from: "n1", to: "n2", when: "failure" }]);
    expect(withoutWay(failing, first, second).edges).toEqual([]);
    expect(withoutNode(two, second).edges).toEqual([]);
  });
  it("says what is wrong with a node", () => {
    const fault = (draft = two, key = first) => {
      const node = draft.nodes.find((one) => one.key === key);
      return node && faultOf(node, draft, known);
    };
    expect(fault()).toBe("template");
    expect(fault(changed(two, first, { template_id: 7 }))).toBeNull();
    expect(fault(changed(two, first, { template_id: 8 }))).toBe("gone");
    expect(fault(two, second)).toBe("title");
    expect(fault(withWay(two, second, first, "always"))).toBe("circle");
  });
  it("is sent with places, without empty answers, and with the template's hosts where none are named", () => {
    const targets = { host_ids: [], group_ids: [], tags: [], expression: " ", but_host_ids: [] };
    const body = bodyOf(changed(two, first, { params: { a: "", b: null, c: 1 }, targets }));
    expect(body.nodes[0]).toMatchObject({ params: { c: 1 }, targets: null });
    expect((body.nodes[1]?.x ?? 0) > (body.nodes[0]?.x ?? 0)).toBe(true);
    expect(body.nodes[0]).not.toHaveProperty("secrets_set");
  });
  it("finds the node that an error is about", () => {
    const found = errorsByNode({ "nodes[1].title": "Say it.", "edges[0]": "In a circle.", name: "x" }, two);
    expect(found.get("n2")).toEqual({ title: "Say it." });
    expect(found.get("n1")).toEqual({ ways: "In a circle." });
    expect(found.size).toBe(2);
  });
});
