import { useId } from "preact/hooks";

/** A choice of a few words, as radio buttons that look like one control. */
export function Choice<T extends string>({ name, value, of, choose }: {
  name: string;
  value: T;
  of: Readonly<Record<T, string>>;
  choose: (value: T) => void;
}) {
  const id = useId();
  return (
    <div class="choice" role="radiogroup" aria-label={name}>
      {(Object.entries(of) as [T, string][]).map(([key, words]) => (
        <label key={key}>
          <input type="radio" name={id} checked={key === value} onChange={() => choose(key)} />
          <span>{words}</span>
        </label>
      ))}
    </div>
  );
}
