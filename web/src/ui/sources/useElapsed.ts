import { useEffect, useState } from "react";

/** Whole seconds since this component appeared. */
export function useElapsedS(): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      setSeconds((before) => before + 1);
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return seconds;
}
