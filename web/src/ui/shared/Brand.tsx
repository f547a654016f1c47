import type { ReactNode } from "react";
import classes from "./shared.module.css";
import { useText } from "./text";

export function Brand(): ReactNode {
  const text = useText();
  return (
    <a className={classes["brand"]} href="/">
      <img src="/favicon.svg" alt="" width={32} height={32} />
      <span>{text.product}</span>
    </a>
  );
}
