import { Loader, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconHelpCircle, IconRefresh } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { probeDeps } from "../../app/browser";
import { probe, type Verdict } from "../../rtc/probe";
import { useText } from "../shared/text";
import classes from "./join.module.css";

const ICONS: Readonly<Record<Verdict, ReactNode>> = {
  udp: <IconCircleCheck size={22} aria-hidden />,
  tcp: <IconAlertTriangle size={22} aria-hidden />,
  blocked: <IconCircleX size={22} aria-hidden />,
  unknown: <IconHelpCircle size={22} aria-hidden />,
};

/** One plain word about the network, measured with real ICE connections to the server. */
export function NetworkVerdict({ token }: { readonly token: string }): ReactNode {
  const text = useText();
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    void probe(probeDeps(token)).then((found) => {
      if (current) setVerdict(found);
    });
    return () => {
      current = false;
    };
  }, [token, attempt]);
  const again = (): void => {
    setVerdict(null);
    setAttempt((before) => before + 1);
  };
  return (
    <div className={classes["verdict"]} data-verdict={verdict ?? "checking"} role="status">
      <span className={classes["verdictIcon"]}>{verdict ? ICONS[verdict] : <Loader size={20} color="cyan.4" />}</span>
      <div className={classes["verdictText"]}>
        <Text fw={600} size="sm">
          {text.network.label} · {verdict ? text.network[verdict] : text.network.checking}
        </Text>
        {verdict && (
          <Text size="xs" c="dimmed">
            {text.network[`${verdict}Text`]}
          </Text>
        )}
      </div>
      {verdict && verdict !== "udp" && (
        <UnstyledButton className={classes["again"] ?? ""} aria-label={text.common.retry} title={text.common.retry} onClick={again}>
          <IconRefresh size={20} aria-hidden />
        </UnstyledButton>
      )}
    </div>
  );
}
