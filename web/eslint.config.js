import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

// One way only: ui → model, layout, rtc, i18n → protocol. rtc, model and layout know neither React nor the page.
const pure = (...forbidden) => ({
  patterns: [
    { group: ["react", "react-dom", "@mantine/*", "@tabler/*", ...forbidden], message: "this folder stays below the view" },
  ],
});

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/protocol/generated.ts"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      "max-lines": ["error", 600],
      "max-lines-per-function": ["error", 60],
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  { files: ["src/ui/**/*.tsx"], rules: { "max-lines": ["error", 150] } },
  { files: ["src/protocol/**"], rules: { "no-restricted-imports": ["error", pure("../*")] } },
  { files: ["src/layout/**"], rules: { "no-restricted-imports": ["error", pure("../rtc/*", "../ui/*", "../model/*")] } },
  { files: ["src/model/**"], rules: { "no-restricted-imports": ["error", pure("../rtc/*", "../ui/*")] } },
  { files: ["src/rtc/**"], rules: { "no-restricted-imports": ["error", pure("../model/*", "../ui/*", "../layout/*")] } },
  { files: ["src/player/**"], rules: { "no-restricted-imports": ["error", pure("../ui/*", "../app/*", "../layout/*")] } },
  { files: ["tests/**"], rules: { "max-lines-per-function": "off" } },
  { files: ["*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
