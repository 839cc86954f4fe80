// A compiled WebAssembly module taken apart as far as making it smaller needs: its sections, the bodies of
// its functions and their names.

const SECTION = { custom: 0, type: 1, import: 2, function: 3, code: 10, data: 11 };
const DESCRIPTOR = { function: 0, table: 1, memory: 2, global: 3, tag: 4 };

/** A number as LEB128. */
export function leb(number) {
  const bytes = [];
  do {
    bytes.push((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
    number >>>= 7;
  } while (number > 0);
  return bytes;
}

export class Cursor {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  leb() {
    let number = 0;
    let byte;
    for (let shift = 0; shift === 0 || byte & 0x80; shift += 7) {
      byte = this.byte();
      number += (byte & 0x7f) * 2 ** shift;
    }
    return number;
  }

  /** What follows its own length. */
  slice() {
    const length = this.leb();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  list(item) {
    return Array.from({ length: this.leb() }, () => item());
  }

  limits() {
    const flags = this.leb();
    this.leb();
    if (flags & 1) this.leb();
  }
}

export class Module {
  constructor(bytes) {
    const cursor = new Cursor(bytes, 8);
    this.head = bytes.subarray(0, 8);
    this.sections = [];
    while (cursor.at < bytes.length) this.sections.push({ id: cursor.byte(), content: cursor.slice() });
    this.imported = this.#importedFunctions();
    const code = this.#open("code");
    this.bodies = code.list(() => code.slice());
  }

  #open(name) {
    const section = this.sections.find(({ id }) => id === SECTION[name]);
    return new Cursor(section?.content ?? Buffer.of(0));
  }

  #importedFunctions() {
    const cursor = this.#open("import");
    const kinds = cursor.list(() => {
      cursor.slice();
      cursor.slice();
      const kind = cursor.byte();
      if (kind === DESCRIPTOR.table) cursor.byte();
      if (kind === DESCRIPTOR.function) cursor.leb();
      else if (kind === DESCRIPTOR.table || kind === DESCRIPTOR.memory) cursor.limits();
      else cursor.at += 2;
      return kind;
    });
    return kinds.filter((kind) => kind === DESCRIPTOR.function).length;
  }

  /** The data section, to be changed in place. */
  get data() {
    return this.#open("data").bytes;
  }

  /** The names of the functions that have bodies, in the order of these. */
  names() {
    const names = [];
    for (const { id, content } of this.sections) {
      const cursor = new Cursor(content);
      if (id !== SECTION.custom || cursor.slice().toString() !== "name") continue;
      while (cursor.at < content.length) {
        const kind = cursor.byte();
        const part = new Cursor(cursor.slice());
        if (kind === 1) part.list(() => (names[part.leb() - this.imported] = part.slice().toString()));
      }
    }
    return names;
  }

  /** Gives every function a name, instead of those it had. */
  rename(name) {
    this.sections = this.sections.filter(({ id, content }) => {
      return id !== SECTION.custom || new Cursor(content).slice().toString() !== "name";
    });
    const text = (string) => [...leb(string.length), ...Buffer.from(string)];
    const count = this.imported + this.bodies.length;
    const entries = Array.from({ length: count }, (_, index) => [...leb(index), ...text(name(index - this.imported))]);
    const map = [...leb(count), ...entries.flat()];
    this.sections.push({ id: SECTION.custom, content: Buffer.from([...text("name"), 1, ...leb(map.length), ...map]) });
  }

  bytes() {
    const sized = (bytes) => [Buffer.from(leb(bytes.length)), bytes];
    const code = Buffer.concat([Buffer.from(leb(this.bodies.length)), ...this.bodies.flatMap(sized)]);
    const sections = this.sections.flatMap(({ id, content }) => {
      return [Buffer.of(id), ...sized(id === SECTION.code ? code : content)];
    });
    return Buffer.concat([this.head, ...sections]);
  }
}
