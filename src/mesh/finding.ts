// What the checks of this room answer, before it is placed in an object.
// Never holds a code: check.ts gives it one. Made by the check files.

/** A field that cannot be acted on. */
export interface Finding {
  readonly path: string;
  readonly message: string;
  readonly found?: string;
  readonly accepted?: string;
}
