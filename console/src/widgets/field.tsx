import { useId } from "preact/hooks";

interface Props {
  label: string;
  value: string;
  onInput: (value: string) => void;
  type?: "text" | "password" | "number";
  autocomplete?: string;
  required?: boolean;
  hint?: string;
}

/** One line to type into, with its label. */
export function Field({ label, value, onInput, type = "text", hint, ...more }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={type as "text"}
        value={value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
        {...more}
      />
      {hint && (
        <p id={`${id}-hint`} class="note">
          {hint}
        </p>
      )}
    </div>
  );
}

interface AreaProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  required?: boolean;
  rows?: number;
}

/** Several lines to type into. */
export function TextArea({ label, value, onInput, required = false, rows = 2 }: AreaProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={rows}
        required={required}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </div>
  );
}

interface SelectProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [value: T, words: string])[];
  onChange: (value: T) => void;
  hiddenLabel?: boolean;
}

/** One of several. */
export function Select<T extends string>({ label, value, options, onChange, hiddenLabel = false }: SelectProps<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hiddenLabel ? "visually-hidden" : ""}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
