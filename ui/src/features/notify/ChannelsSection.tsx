import { Stack } from "@mantine/core";
import { Channels } from "./Channels";
import { Deliveries } from "./Deliveries";
import { Routes } from "./Routes";

/** Who is told what, by which way, and what became of it. */
export function ChannelsSection() {
  return (
    <Stack gap="lg">
      <Channels />
      <Routes />
      <Deliveries />
    </Stack>
  );
}
