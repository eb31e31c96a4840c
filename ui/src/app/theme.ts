import { Button, createTheme, type MantineColorsTuple, Modal, PasswordInput, TextInput } from "@mantine/core";

const harbour: MantineColorsTuple = [
  "#e8f6f9",
  "#d5e9ee",
  "#a9d2dc",
  "#79bac9",
  "#52a6b9",
  "#399aaf",
  "#2a94ab",
  "#1a8096",
  "#0c7489",
  "#00637a",
];

export const theme = createTheme({
  primaryColor: "harbour",
  primaryShade: { light: 8, dark: 5 },
  colors: { harbour },
  autoContrast: true,
  defaultRadius: 6,
  fontFamily:
    'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Noto Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "1.25rem" }, h2: { fontSize: "1rem" }, h3: { fontSize: "0.9rem" } },
  },
  components: {
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    Modal: Modal.extend({ defaultProps: { centered: true } }),
    TextInput: TextInput.extend({ defaultProps: { size: "sm" } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: "sm" } }),
  },
});
