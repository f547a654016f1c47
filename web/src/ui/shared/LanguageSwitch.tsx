import { IconLanguage } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./shared.module.css";
import { useWords } from "./text";

/** Names the other language in that language. */
export function LanguageSwitch(): ReactNode {
  const { language, text, choose } = useWords();
  const other = language === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      className={classes["language"]}
      lang={other === "zh" ? "zh-CN" : "en"}
      aria-label={`${text.language.label}: ${text.language[other]}`}
      onClick={() => {
        choose(other);
      }}
    >
      <IconLanguage size={20} aria-hidden />
      {text.language[other]}
    </button>
  );
}
