interface Props {
  label: string;
  tabs: { href: string; words: string; current: boolean }[];
}

/** Links between the parts of a page, each with an address of its own. */
export function Tabs({ label, tabs }: Props) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ href, words, current }) => (
        <a key={href} href={href} aria-current={current ? "page" : undefined}>
          {words}
        </a>
      ))}
    </nav>
  );
}
