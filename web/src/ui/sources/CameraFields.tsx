import { Input, PasswordInput, SegmentedControl, Switch, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useText } from "../shared/text";
import { withAddress, type Fields } from "./form";
import classes from "./form.module.css";

interface Props {
  readonly fields: Fields;
  readonly onChange: (fields: Fields) => void;
  readonly hasPassword: boolean;
  /** The address was asked for and is none. */
  readonly wrong: boolean;
}

const TRANSPORTS = ["auto", "tcp", "udp"] as const;

export function CameraFields({ fields, onChange, hasPassword, wrong }: Props): ReactNode {
  const text = useText().sources.form;
  return (
    <>
      <TextInput
        size="md"
        label={text.address}
        placeholder={text.addressPlaceholder}
        inputMode="url"
        autoCapitalize="off"
        spellCheck={false}
        value={fields.address}
        error={wrong ? text.addressRequired : null}
        onChange={(event) => {
          onChange(withAddress(fields, event.currentTarget.value));
        }}
      />
      <Login fields={fields} onChange={onChange} hasPassword={hasPassword} />
      <Input.Wrapper label={text.transport} description={text.transportHint} inputWrapperOrder={["label", "input", "description"]}>
        <SegmentedControl
          size="md"
          fullWidth
          aria-label={text.transport}
          value={fields.transport}
          data={TRANSPORTS.map((one) => ({ value: one, label: text.transports[one] }))}
          onChange={(value) => {
            onChange({ ...fields, transport: TRANSPORTS.find((one) => one === value) ?? "auto" });
          }}
        />
      </Input.Wrapper>
      <Switch
        size="md"
        label={text.onDemand}
        description={text.onDemandHint}
        checked={fields.onDemand}
        onChange={(event) => {
          onChange({ ...fields, onDemand: event.currentTarget.checked });
        }}
      />
    </>
  );
}

function Login({ fields, onChange, hasPassword }: Omit<Props, "wrong">): ReactNode {
  const text = useText().sources.form;
  return (
    <div className={classes["pair"]}>
      <TextInput
        size="md"
        label={text.username}
        placeholder={text.optional}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={fields.username}
        onChange={(event) => {
          onChange({ ...fields, username: event.currentTarget.value });
        }}
      />
      <PasswordInput
        size="md"
        label={text.password}
        placeholder={hasPassword ? text.passwordKept : text.optional}
        autoComplete="new-password"
        value={fields.password}
        onChange={(event) => {
          onChange({ ...fields, password: event.currentTarget.value });
        }}
      />
    </div>
  );
}
