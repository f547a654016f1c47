import { Button, Text, TextInput, Title } from "@mantine/core";
import { IconArrowRight, IconLink } from "@tabler/icons-react";
import { useState, type FormEvent, type ReactNode } from "react";
import { parseInvitation } from "../../app/address";
import { useText } from "../shared/text";
import classes from "./home.module.css";

export function PasteLink(): ReactNode {
  const text = useText();
  const [link, setLink] = useState("");
  const [bad, setBad] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = parseInvitation(link, location.origin);
    if (!found) {
      setBad(true);
      return;
    }
    // Only the path and the token are taken: a pasted link cannot lead to another site.
    location.assign(`/join/${encodeURIComponent(found.room)}#t=${encodeURIComponent(found.token)}`);
  };
  return (
    <form className={classes["card"]} onSubmit={submit} noValidate>
      <Title order={2} size="h3">
        {text.home.joinTitle}
      </Title>
      <Text c="dimmed" size="sm">
        {text.home.joinHint}
      </Text>
      <TextInput
        size="md"
        aria-label={text.home.linkLabel}
        placeholder={text.home.linkPlaceholder}
        leftSection={<IconLink size={20} aria-hidden />}
        value={link}
        error={bad ? text.home.linkBad : null}
        onChange={(event) => {
          setLink(event.currentTarget.value);
          setBad(false);
        }}
      />
      <Button type="submit" size="md" rightSection={<IconArrowRight size={20} aria-hidden />}>
        {text.home.enter}
      </Button>
    </form>
  );
}
