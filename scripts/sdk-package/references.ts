/** Where a module says the name of another module, or of something beside itself. */
const FORMS = [
  /^(\s*(?:import|export)\b[^;'"`]*?\bfrom\s*["'])([^"'\n]+)/gm,
  /^(\s*import\s*["'])([^"'\n]+)/gm,
  /(\bimport\(\s*["'])([^"'\n]+)/g,
  /(\bnew URL\(\s*["'])([^"'\n]+)(?=["'],\s*import\.meta\.url\))/g,
  /((?:\brequire|\bcreateRequire\([\w.]+\)|\bimport\.meta)(?:\.resolve)?\(\s*["'])([^"'\n]+)(?=["']\))/g,
];

/** The text with each name that it has for something replaced by the answer for it. */
export function renameReferences(text: string, rename: (specifier: string) => string): string {
  return FORMS.reduce(
    (done, form) =>
      done.replaceAll(form, (_all, before: string, name: string) => before + rename(name)),
    text,
  );
}
