import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { DICTIONARIES, HTML_LANG, readLanguage, writeLanguage, type Dictionary, type Language } from "../../i18n/language";

interface Words {
  readonly language: Language;
  readonly text: Dictionary;
  readonly choose: (language: Language) => void;
}

const Context = createContext<Words | null>(null);

export function LanguageProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [language, setLanguage] = useState(readLanguage);
  const choose = useCallback((next: Language) => {
    writeLanguage(next);
    setLanguage(next);
  }, []);
  useEffect(() => {
    document.documentElement.lang = HTML_LANG[language];
  }, [language]);
  const words = useMemo(() => ({ language, text: DICTIONARIES[language], choose }), [language, choose]);
  return <Context value={words}>{children}</Context>;
}

export function useWords(): Words {
  const words = useContext(Context);
  if (!words) throw new Error("LanguageProvider is missing");
  return words;
}

/** All sentences in the language of this page. */
export function useText(): Dictionary {
  return useWords().text;
}

/** Names the browser's tab in the language of this page; `page` as an administrator calls it, null for the product alone. */
export function useTitle(page: string | null): void {
  const { product } = useText();
  useEffect(() => {
    document.title = page === null ? product : `${page} · ${product}`;
  }, [page, product]);
}
