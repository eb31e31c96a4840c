import {
  Alert,
  Badge,
  Button,
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  Input,
  type MantineColorsTuple,
  Modal,
  Notification,
  PasswordInput,
  SegmentedControl,
  Tabs,
  TextInput,
  Tooltip,
} from "@mantine/core";
import i18next from "i18next";

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

/** Greys with the hue of the primary colour; 7 lies behind everything, 6 is a card, 4 a border, 0 text. */
const dark: MantineColorsTuple = [
  "#d5dde2",
  "#b3bfc6",
  "#93a1a9",
  "#7d8b94",
  "#323e46",
  "#263139",
  "#1b2227",
  "#14191d",
  "#0f1316",
  "#0a0d10",
];

/** Controls are 32 px high where there is a mouse; narrow.css makes them larger for fingers. */
const control = { "--input-height": "32px", "--input-size": "32px", "--input-fz": "13px" };

/** As high as the others while it holds one line; a fixed height would hide all but the first. */
const tall = { "--input-height": "32px", "--input-size": "auto", "--input-padding-y": "4px", "--input-fz": "13px" };

const ALERT_TONES: Record<string, string> = {
  red: "var(--state-bad)",
  orange: "var(--state-warn)",
  green: "var(--state-up)",
};

/** Named when it is drawn: the language may be another by then. */
const CLOSE = {
  get "aria-label"() {
    return i18next.t("action.close");
  },
};

export const theme = createTheme({
  primaryColor: "harbour",
  primaryShade: { light: 8, dark: 7 },
  colors: { harbour, dark },
  autoContrast: true,
  respectReducedMotion: true,
  defaultRadius: 6,
  cursorType: "pointer",
  fontFamily:
    'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Noto Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  shadows: {
    xs: "none",
    sm: "0 1px 2px rgb(0 0 0 / 6%)",
    md: "0 6px 20px rgb(0 0 0 / 14%)",
    lg: "0 6px 20px rgb(0 0 0 / 14%)",
    xl: "0 6px 20px rgb(0 0 0 / 14%)",
  },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "18px" }, h2: { fontSize: "14px" }, h3: { fontSize: "13px" } },
  },
  components: {
    // calm: a card with an edge in the colour of what it says
    Alert: Alert.extend({
      defaultProps: { variant: "light", p: "sm" },
      classNames: { root: "alert", title: "alert-title", icon: "alert-icon" },
      vars: (_, { color = "gray" }) => ({
        root: {
          "--alert-bg": "var(--surface)",
          "--alert-bd": "1px solid var(--edge)",
          "--alert-color": ALERT_TONES[color] ?? "var(--mantine-color-dimmed)",
        },
      }),
    }),
    Badge: Badge.extend({ defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 500 } }),
    Button: Button.extend({
      defaultProps: { size: "sm" },
      vars: (_, props) => ({
        root:
          props.size === "sm" ? { "--button-height": "32px", "--button-fz": "13px", "--button-padding-x": "12px" } : {},
      }),
      styles: { root: { fontWeight: 500 } },
    }),
    Drawer: Drawer.extend({
      defaultProps: {
        overlayProps: { backgroundOpacity: 0.45 },
        closeButtonProps: CLOSE,
        attributes: { header: { role: "none" } },
      },
    }),
    Input: Input.extend({
      vars: (_, props) => ({ wrapper: props.size === "xs" ? {} : props.multiline ? tall : control }),
    }),
    InputWrapper: Input.Wrapper.extend({ styles: { label: { fontSize: 13 }, description: { fontSize: 12 } } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.45 },
        closeButtonProps: CLOSE,
        attributes: { header: { role: "none" } }, // it is not the page's header
      },
    }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: CLOSE },
    }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: "sm" } }),
    SegmentedControl: SegmentedControl.extend({ styles: { label: { fontWeight: 500 } } }),
    Tabs: Tabs.extend({ styles: { tab: { fontSize: 13, padding: "8px 12px" } } }),
    TextInput: TextInput.extend({ defaultProps: { size: "sm" } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, fz: 12, withArrow: false } }),
  },
});

/** Quiet text still has a contrast of 4.5 to 1. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#fff",
    "--mantine-color-dimmed": "#5d6b73",
    "--mantine-color-placeholder": "#6b7881",
    "--mantine-color-text": "#161c20",
    "--mantine-color-error": "#c62a2f",
  },
  dark: {
    "--mantine-color-dimmed": "#98a6ae",
    "--mantine-color-placeholder": "#8a98a1",
    "--mantine-color-error": "#ff6369",
  },
});
