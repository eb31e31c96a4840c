import { describe, expect, it } from "vitest";
import { chosen, dropped } from "./drop";

const fileEntry = (name: string) => ({
  isFile: true,
  name,
  file: (done: (file: File) => void) => done(new File([name], name)),
});

/** Hands out its children two at a time, as browsers do by the hundred. */
function folderEntry(name: string, children: object[]) {
  return {
    isFile: false,
    name,
    createReader: () => {
      const left = [...children];
      return { readEntries: (done: (some: object[]) => void) => done(left.splice(0, 2)) };
    },
  };
}

const list = (entries: object[]) =>
  entries.map((entry) => ({ webkitGetAsEntry: () => entry })) as unknown as DataTransferItemList;

describe("what is dropped", () => {
  it("is read to the end, folders and empty ones too", async () => {
    const deep = folderEntry("deep", [fileEntry("z")]);
    const top = folderEntry("top", [fileEntry("a"), fileEntry("b"), fileEntry("c"), deep, folderEntry("none", [])]);
    const found = await dropped(list([fileEntry("alone"), top]));
    expect(found.files.map(({ file, folders }) => [...folders, file.name].join("/"))).toEqual([
      "alone",
      "top/a",
      "top/b",
      "top/c",
      "top/deep/z",
    ]);
    expect(found.empty).toEqual([["top", "none"]]);
  });

  it("keeps the folders of a chosen folder", () => {
    const file = new File(["x"], "x");
    Object.defineProperty(file, "webkitRelativePath", { value: "top/sub/x" });
    const other = new File(["y"], "y");
    Object.defineProperty(other, "webkitRelativePath", { value: "" });
    const files = [file, other] as unknown as FileList;
    expect(chosen(files).files.map(({ folders }) => folders)).toEqual([["top", "sub"], []]);
  });
});
