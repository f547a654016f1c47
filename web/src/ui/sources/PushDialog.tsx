import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import type { Source } from "../../model/sources";
import { PHONE, useMedia } from "../shared/hooks";
import { useText } from "../shared/text";
import { PushCard } from "./PushCard";
import type { Sources } from "./useSources";

interface Props {
  readonly source: Source | null;
  readonly sources: Sources;
  readonly onClose: () => void;
}

export function PushDialog({ source, sources, onClose }: Props): ReactNode {
  const text = useText().sources.push;
  const phone = useMedia(PHONE);
  return (
    <Modal opened={source !== null} onClose={onClose} title={source ? text.title(source.name) : ""} size="lg" fullScreen={phone}>
      {source && <PushCard source={source} sources={sources} fresh={false} onDone={onClose} />}
    </Modal>
  );
}
