/** Why a behaviour is not there. `hangs`: its test would only run into its time limit, so it is left out. */
export type Gap = string | { readonly hangs: string };

/** `<suite> > <test>` → why. */
export type Gaps = Readonly<Record<string, Gap>>;
