// What the persistence tests share: seeded random changes, and the whole visible state of a store for comparison.

/** A small seeded generator (mulberry32): call it for an integer below its argument. */
export function randomNumbers(seed) {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Names, attributes, links and content of everything, as text. */
export function stateOf(store) {
  const lines = [];
  const walk = (directory, path) => {
    for (const { name, inode } of store.list(directory)) {
      const { ino, mode, nlink, size, mtime, ctime } = store.stat(inode);
      const bytes = new Uint8Array(inode.isFile ? size : 0);
      if (inode.isFile) store.read(inode, bytes, 0);
      lines.push(`${path}/${name} ${ino} ${mode.toString(8)} ${nlink} ${size} ${mtime} ${ctime} ${inode.target} ${hash(bytes)}`);
      if (inode.isDirectory) walk(inode, `${path}/${name}`);
    }
  };
  walk(store.root, '');
  return lines.sort().join('\n');
}

function hash(bytes) {
  let h = 0x811c9dc5;
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/** One random change that the rules allow; those they do not are left out. */
export function changeSomething(store, random, fileBytes = 3000) {
  const directories = [...store.inodes()].filter((inode) => inode.isDirectory);
  const directory = directories[random(directories.length)];
  const name = 'abcdef'[random(6)];
  const existing = store.lookup(directory, name);
  const bytes = () => new Uint8Array(random(fileBytes)).fill(random(256));
  const changes = [
    () => existing ?? store.createDirectory(directory, name),
    () => existing ?? store.adoptFile(directory, name, bytes()),
    () => existing?.isFile && store.write(existing, bytes(), random(fileBytes * 2)),
    () => existing?.isFile && store.truncate(existing, random(fileBytes)),
    () => existing ?? store.createSymlink(directory, name, `to\udcff${random(100)}`),
    () => store.removeTree(directory, name),
    () => existing && store.setAttributes(existing, { mode: random(0o777) }),
    () => existing && store.rename(directory, name, directories[random(directories.length)], 'uvwxyz'[random(6)]),
    () => existing && !existing.isDirectory && store.link(existing, directory, `l${random(5)}`),
    () => existing && store.cloneTree(existing, directory, `clone${random(5)}`),
  ];
  try {
    changes[random(changes.length)]();
  } catch (error) {
    if (typeof error.errno !== 'number') throw error;
  }
}
