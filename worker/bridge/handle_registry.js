/**
 * Which real folder a project came from, remembered across visits.
 *
 * Directory handles can be stored only in IndexedDB. The worker writes them when an import is done, the page reads them when the
 * user wants to commit (only a page may ask for leave to write).
 */

const DATABASE = 'satchel';
const STORE = 'folders';

/**
 * The folder that `project` was imported from, null when none is known.
 * @param {string} project
 * @returns {Promise<FileSystemDirectoryHandle | null>}
 */
export async function folderHandle(project) {
  return (await request('readonly', (store) => store.get(project))) ?? null;
}

/**
 * @param {string} project
 * @param {FileSystemDirectoryHandle} handle
 */
export async function rememberFolder(project, handle) {
  await request('readwrite', (store) => store.put(handle, project));
}

/** @param {string} project */
export async function forgetFolder(project) {
  await request('readwrite', (store) => store.delete(project));
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} operate
 * @returns {Promise<any>}
 */
async function request(mode, operate) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const operation = operate(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(operation.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
