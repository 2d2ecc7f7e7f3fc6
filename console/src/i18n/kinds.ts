import type { Words } from "./words";

const KINDS = [
  "zone",
  "substation",
  "transformer",
  "feeder",
  "water_plant",
  "pump_station",
  "reservoir",
  "dma",
  "province",
  "gateway",
  "meter",
] as const;
type Kind = (typeof KINDS)[number];

const isKind = (text: string): text is Kind => (KINDS as readonly string[]).includes(text);

/** What an asset is, in words. */
export const kindName = ({ t }: Pick<Words, "t">, kind: string): string => (isKind(kind) ? t(`kind.${kind}`) : kind);
