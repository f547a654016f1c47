import { Button, PasswordInput, Text, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useState, type FormEvent, type ReactNode } from "react";
import { Admin } from "../../app/api";
import { useText } from "../shared/text";
import classes from "./home.module.css";
import { useSay } from "./useSay";

export function SignIn({ onSignIn }: { readonly onSignIn: (key: string) => void }): ReactNode {
  const text = useText();
  const say = useSay();
  const [key, setKey] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await new Admin(key.trim()).rooms();
      onSignIn(key.trim());
    } catch (failure) {
      setError(say(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={classes["card"]}
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Title order={2} size="h3">
        {text.home.adminTitle}
      </Title>
      <Text c="dimmed" size="sm">
        {text.home.adminHint}
      </Text>
      <PasswordInput
        size="md"
        aria-label={text.home.key}
        placeholder={text.home.key}
        autoComplete="current-password"
        leftSection={<IconKey size={20} aria-hidden />}
        value={key}
        error={error}
        onChange={(event) => {
          setKey(event.currentTarget.value);
          setError(null);
        }}
      />
      <Button type="submit" size="md" variant="default" loading={busy} disabled={key.trim() === ""}>
        {text.home.signIn}
      </Button>
    </form>
  );
}
