import { Button } from "@mantine/core";
import { IconBroadcast, IconDeviceCctv, IconDrone, IconPlus, IconRouter } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Empty } from "../shared/Blank";
import { useText } from "../shared/text";

const ICONS = [IconDeviceCctv, IconDrone, IconRouter, IconBroadcast] as const;

export function NoSources({ onAdd }: { readonly onAdd: () => void }): ReactNode {
  const text = useText().sources;
  const add = (
    <Button size="md" leftSection={<IconPlus size={20} aria-hidden />} onClick={onAdd}>
      {text.add}
    </Button>
  );
  return (
    <Empty icons={ICONS.map((Icon, index) => <Icon key={index} size={34} />)} title={text.emptyTitle} action={add}>
      {text.lead}
      <br />
      {text.emptyText}
    </Empty>
  );
}
