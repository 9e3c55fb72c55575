internal import Glibc
internal import OpenSenseWebhooks
internal import SQLiteClient

/// The making of a store's file, which gets its name once its tables are on the disk.
///
/// So a store never has 0 bytes by itself: a file that has was cut or put there by another hand, and what was
/// in it is lost without a word where it is taken for a new one.
///
/// A relay that ends before the folder is synced leaves a whole store, too. The next one need not sync the
/// folder: SQLite does so before the first commit, with the log that it makes anew.
enum NewStore {
    /// Makes the store at `path` where there is no file, and refuses an empty one.
    ///
    /// The caller has the store's lock. A symbolic link that leads to nothing is left to SQLite, which makes
    /// the file that it names.
    ///
    /// - Throws: ``StoreError``.
    static func makeIfMissing(at path: String) throws(StoreError) {
        var status = stat()
        // The structure lives through the calls.
        if unsafe stat(path, &status) == 0 {
            guard status.st_size > 0 || status.st_mode & S_IFMT != S_IFREG else { throw empty(path) }
            return
        }
        guard unsafe lstat(path, &status) != 0 else { return }
        let fresh = path + ".new"
        // Left by a relay that was ended meanwhile.
        for end in ["", "-wal", "-shm"] { _ = unsafe unlink(fresh + end) }
        try fill(fresh)
        // The log of a store whose file is gone: SQLite would play it into the new one.
        for end in ["-wal", "-shm"] { _ = unsafe unlink(path + end) }
        guard unsafe rename(fresh, path) == 0, isSynced(folderOf: path) else {
            let words = unsafe String(cString: strerror(errno))
            throw StoreError(.unwritable, "The store cannot be made at \(path): \(words).")
        }
    }

    /// Makes the tables in a file, which is whole and synced once its connection is closed.
    private static func fill(_ path: String) throws(StoreError) {
        let connection = try SQLiteConnection(path: path, create: true)
        try SQLiteSchema.prepare(connection, path: path)
        _ = try connection.checkpoint(truncating: true)
    }

    private static func isSynced(folderOf path: String) -> Bool {
        let descriptor = unsafe open(StoreFile.parts(of: path).folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        // Not every file system can sync a folder; those that cannot say so.
        return fsync(descriptor) == 0 || errno == EINVAL
    }

    private static func empty(_ path: String) -> StoreError {
        StoreError(
            .damaged,
            "\(path) is empty, and a store never is: it was cut, or something else has made it. Restore a copy of "
                + "it. To begin a new store, without what waited in the old one, remove the file.")
    }
}
