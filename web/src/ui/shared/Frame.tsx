import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import { LanguageProvider } from "./text";
import { theme } from "./theme";

interface Props {
  /** The meeting is always dark; the home page follows the system. */
  readonly dark: boolean;
  readonly children: ReactNode;
}

/** What both entries share: language, components, toasts. Writes no <style> element. */
export function Frame({ dark, children }: Props): ReactNode {
  const scheme = dark ? ({ forceColorScheme: "dark" } as const) : ({ defaultColorScheme: "auto" } as const);
  return (
    <MantineProvider theme={theme} withCssVariables={false} withGlobalClasses={false} {...scheme}>
      <LanguageProvider>
        <Notifications position="top-center" limit={4} autoClose={4000} containerWidth={380} />
        {children}
      </LanguageProvider>
    </MantineProvider>
  );
}
