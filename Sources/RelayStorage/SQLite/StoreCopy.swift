internal import Glibc
package import OpenSenseWebhooks
internal import SQLiteClient

/// A copy of a SQLite store, made while a relay may run on it.
package struct StoreCopy: Sendable, Hashable {
    /// How many deliveries are in it.
    package var deliveries: Int
    /// Its length.
    package var bytes: Int

    /// Why no copy was made.
    package enum Refusal: Error, Hashable {
        /// There is something of that name.
        case isThere
        /// The name is that of the store, or of a file that belongs to it.
        case isOfStore
        /// The folder of the copy is not there.
        case noFolder
        /// The store or the disk failed.
        case failed(StoreError)
    }

    /// Copies the store at `path` to the new file `target`, for its owner alone.
    ///
    /// All of it is read in one transaction by `VACUUM INTO`: it neither waits for the relay nor holds it up.
    /// SQLite's backup functions, called page by page, begin anew whenever another process writes, which
    /// under alarms is without end; in one step they would read as long as this, and copy free pages too.
    /// The write-ahead log grows for as long as it takes.
    package static func make(of path: String, at target: String) throws(Refusal) -> StoreCopy {
        let real = DatabaseFile.resolved(path)
        let (folder, name) = StoreFile.parts(of: target)
        guard isFolder(folder) else { throw .noFolder }
        let place = DatabaseFile.resolved(folder) + "/" + name
        let ofStore = ["", "-wal", "-shm", "-journal", ".lock"].map { real + $0 }
        guard !ofStore.contains(place), !ofStore.contains(DatabaseFile.resolved(place)) else {
            throw .isOfStore
        }
        guard unsafe access(place, F_OK) != 0 else { throw .isThere }
        let temporary = "\(place).\(getpid()).part"
        var isDone = false
        defer {
            if !isDone { for end in ["", "-wal", "-shm", "-journal"] { unsafe unlink(temporary + end) } }
        }
        do throws(StoreError) {
            let copy = try write(real, to: temporary)
            guard unsafe access(place, F_OK) != 0 else { throw StoreError(.closed, "") }
            guard unsafe rename(temporary, place) == 0 else { throw failure("renaming \(temporary)") }
            isDone = true
            try sync(DatabaseFile.resolved(folder), isFolder: true)
            return copy
        } catch {
            throw error.kind == .closed ? .isThere : .failed(error)
        }
    }

    private static func write(_ path: String, to temporary: String) throws(StoreError) -> StoreCopy {
        let source = try SQLiteConnection(path: path, create: false)
        guard try source.number("PRAGMA application_id") == SQLiteSchema.applicationID else {
            throw StoreError(.damaged, "\(path) is no store of this program.")
        }
        let descriptor = unsafe open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("making \(temporary)") }
        Glibc.close(descriptor)
        try source.prepare("VACUUM INTO ?1").run(temporary)
        try sync(temporary, isFolder: false)
        let copy = try SQLiteConnection(path: temporary, create: false)
        let words = try copy.prepare("PRAGMA integrity_check(1)").firstRow { $0.text(0) }
        guard words == "ok" else {
            throw StoreError(
                .damaged, "The copy is damaged, and so may be the store: \(words ?? "no answer").")
        }
        var status = stat()
        // The structure lives through the call.
        guard unsafe stat(temporary, &status) == 0 else { throw failure("looking at \(temporary)") }
        return StoreCopy(
            deliveries: try copy.number("SELECT count(*) FROM deliveries"), bytes: Int(status.st_size))
    }

    private static func sync(_ path: String, isFolder: Bool) throws(StoreError) {
        let descriptor = unsafe open(path, (isFolder ? O_RDONLY | O_DIRECTORY : O_RDWR) | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opening \(path)") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("syncing \(path)") }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        // The structure lives through the call.
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func failure(_ what: String) -> StoreError {
        let code = errno
        let words = unsafe String(cString: strerror(code))
        let kind: StoreError.Kind =
            switch code {
            case ENOSPC, EDQUOT, EFBIG: .full
            case EACCES, EPERM, EROFS, ENOENT: .unwritable
            default: .inputOutput
            }
        return StoreError(kind, "\(words) while \(what)")
    }
}
