import { Button } from "@mantine/core";
import { IconMovie, IconPlayerRecord } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Empty } from "../shared/Blank";
import { useText } from "../shared/text";

export function NoRecordings(): ReactNode {
  const { recordings: text, home } = useText();
  const icons = (
    <>
      <IconPlayerRecord size={34} />
      <IconMovie size={34} />
    </>
  );
  const rooms = (
    <Button size="md" variant="default" component="a" href="/">
      {home.rooms}
    </Button>
  );
  return (
    <Empty icons={icons} title={text.emptyTitle} action={rooms}>
      {text.emptyText}
    </Empty>
  );
}
