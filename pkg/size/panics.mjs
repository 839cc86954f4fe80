// Takes out what panics say. In a browser nobody hears it: there is no standard error to print to, and what
// JavaScript gets is a trap, `RuntimeError: unreachable`. So the functions of Rust's that only ever panic trap
// at once, and the paths of source files, which (like the folders of the machine this was built on) would be
// in the package otherwise, become zeros, which cost nothing.
import { Cursor } from "./module.mjs";

/** A body without locals: `unreachable`, `end`. */
const TRAP = Buffer.of(0x00, 0x00, 0x0b);

const NEVER_RETURN = [
  /^core::panicking::/,
  /^core::(option|result)::(unwrap|expect)_failed$/,
  /^core::cell::(lazy::)?panic_\w+$/,
  /^core::(slice|str)::(\w+::)*\w+_fail(_rt)?$/,
  /^core::(slice|num)::(\w+::)*panic_\w+$/,
  /^alloc::raw_vec::capacity_overflow$/,
  /^alloc::alloc::handle_alloc_error$/,
  /^<alloc::vec::Vec<.*>>::\w+::assert_failed$/,
  /^std::panicking::(panic_with_hook|begin_panic|panic_handler)(::|$)/,
  /^std::alloc::rust_oom$/,
  /^std::sys::backtrace::__rust_end_short_backtrace::/,
  /^std::thread::local::panic_access_error$/,
  /^__rustc::rust_begin_unwind$/,
];

/** At least so many are there whatever the code does: fewer, and the compiler calls them otherwise. */
const EXPECTED = 20;

/** A name without the hashes of compiler and crate. */
const plain = (name) => name.replaceAll(/\[[0-9a-f]{8,}\]|::h[0-9a-f]{16}$/g, "");

/** Makes the functions that only panic trap. */
export function trap(module) {
  const names = module.names();
  let found = 0;
  for (const index of module.bodies.keys()) {
    const name = plain(names[index] ?? "");
    if (!NEVER_RETURN.some((pattern) => pattern.test(name))) continue;
    module.bodies[index] = TRAP;
    found += 1;
  }
  if (found < EXPECTED) throw new Error(`only ${found} functions that panic are known by name: see size/panics.mjs`);
}

function segments(data) {
  const cursor = new Cursor(data);
  return cursor.list(() => {
    const flags = cursor.leb();
    if (flags !== 0) throw new Error("a data segment that is not active");
    cursor.byte(); // i32.const
    const address = cursor.leb();
    cursor.byte(); // end
    return { address, bytes: cursor.slice() };
  });
}

/** Blanks every `core::panic::Location` and the path it points to: address, length, line and column. */
export function blankLocations(module) {
  const all = segments(module.data);
  const at = (address, length) => {
    const segment = all.find(({ address: from, bytes }) => address >= from && address + length <= from + bytes.length);
    return segment?.bytes.subarray(address - segment.address, address - segment.address + length);
  };
  const blank = [];
  for (const { address, bytes } of all) {
    for (let place = -address & 3; place + 16 <= bytes.length; place += 4) {
      const length = bytes.readUInt32LE(place + 4);
      const path = length > 3 && length < 512 && at(bytes.readUInt32LE(place), length);
      if (path && /^[\w/.+-]+\.rs$/.test(path.toString("latin1"))) blank.push(bytes.subarray(place, place + 16), path);
    }
  }
  if (blank.length === 0) throw new Error("no places of panics are found: see size/panics.mjs");
  for (const bytes of blank) bytes.fill(0);
}
