import { Button, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type FormEvent, type ReactNode } from "react";
import { useText } from "../shared/text";
import classes from "./home.module.css";

interface Props {
  readonly onCreate: (name: string) => Promise<void>;
}

/** One field and one button: a room needs no more than a name. */
export function CreateRoom({ onCreate }: Props): ReactNode {
  const text = useText();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    await onCreate(name.trim());
    setBusy(false);
    setName("");
  };
  return (
    <form className={classes["create"]} onSubmit={(event) => void submit(event)} noValidate>
      <TextInput
        size="md"
        aria-label={text.home.roomName}
        placeholder={text.home.roomNamePlaceholder}
        maxLength={64}
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
      <Button type="submit" size="md" loading={busy} disabled={name.trim() === ""} leftSection={<IconPlus size={20} aria-hidden />}>
        {text.home.create}
      </Button>
    </form>
  );
}
