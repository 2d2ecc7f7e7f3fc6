import { machine } from "./en/machine";
import type { Words } from "./words";

type NameKey = keyof typeof machine;

const isKnown = (key: string): key is NameKey => key in machine;

/** What the server calls something, in words; a name we do not know stands as it is. */
export const machineName = ({ t }: Pick<Words, "t">, key: string, name: string): string =>
  isKnown(key) ? t(key) : name;
