import { Button, Group, Modal, Text } from "@mantine/core";
import { IconMovie } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { FilmScene, FilmWish } from "../../../model/film";
import { PHONE, useMedia } from "../../shared/hooks";
import { useText, useWords } from "../../shared/text";
import classes from "./films.module.css";
import { partFault, wishOf, type Extent, type FilmForm } from "./form";
import { LayoutChoice } from "./LayoutChoice";
import { LookFields } from "./LookFields";
import { PartFields } from "./PartFields";

interface Props {
  /** What it begins with; null: closed. */
  readonly form: FilmForm | null;
  readonly extent: Extent;
  /** Of the room. */
  readonly scenes: readonly FilmScene[];
  /** Where the player is at the moment, milliseconds since 1970; absent: nothing plays. */
  readonly positionMs?: (() => number) | undefined;
  readonly onClose: () => void;
  readonly onMake: (wish: FilmWish) => Promise<void>;
}

/** Asks what the film is to look like; every field has an answer that does for most. */
export function MakeFilmDialog({ form, onClose, ...rest }: Props): ReactNode {
  const { make } = useText().recordings.films;
  const phone = useMedia(PHONE);
  return (
    <Modal stackId="make" opened={form !== null} onClose={onClose} title={make} size="lg" fullScreen={phone}>
      {form && <Fields form={form} onClose={onClose} {...rest} />}
    </Modal>
  );
}

function Fields({ form: first, extent, scenes, positionMs, onClose, onMake }: Props & { readonly form: FilmForm }): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings.films;
  const [form, setForm] = useState(first);
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const fault = partFault(form, extent);
  const change = (fields: Partial<FilmForm>): void => {
    setForm((before) => ({ ...before, ...fields }));
  };
  const make = async (): Promise<void> => {
    setAsked(true);
    if (fault !== null) return;
    setBusy(true);
    await onMake(wishOf(form, extent, language === "zh" ? "zh-CN" : "en", scenes));
    setBusy(false);
  };
  return (
    <form
      className={classes["form"]}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <Text c="dimmed">{words.lead}</Text>
      <LayoutChoice form={form} scenes={scenes} onChange={change} />
      <PartFields form={form} extent={extent} fault={asked ? fault : null} positionMs={positionMs} onChange={change} />
      <LookFields form={form} onChange={change} />
      <Group justify="flex-end">
        <Button size="md" variant="default" onClick={onClose}>
          {text.common.cancel}
        </Button>
        <Button size="md" type="submit" loading={busy} leftSection={<IconMovie size={18} aria-hidden />}>
          {words.start}
        </Button>
      </Group>
    </form>
  );
}
