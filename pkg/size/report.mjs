// Which crates the code is of, so that growth is seen where it happens.

const MOST = 10;

/** A name like `<ottla::reader::Reader as core::clone::Clone>::clone`: what is implemented counts, not the trait. */
function crate(name) {
  const generic = /^(?:<[^>]*\b)?(?:core|alloc|std|js_sys|futures_\w+|wasm_bindgen\w*)\b/.test(name);
  const ours = /\bottla\w*(?=::)/.exec(name);
  if (generic && ours) return ours[0];
  return /^[<&(*]*(?:mut |const |dyn )?(\w+)(?:\[\w+\])?::/.exec(name)?.[1] ?? "other";
}

/** Bytes of code by crate, before wasm-opt. What is inlined counts where it went. */
export function report(module) {
  const names = module.names();
  const sizes = new Map();
  for (const [index, body] of module.bodies.entries()) {
    const of = crate(names[index] ?? "");
    sizes.set(of, (sizes.get(of) ?? 0) + body.length);
  }
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, MOST);
  return largest.map(([name, size]) => `${name} ${Math.round(size / 1000)}`).join(", ");
}
