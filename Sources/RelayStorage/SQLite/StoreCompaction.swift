internal import Glibc
package import OpenSenseWebhooks
internal import SQLiteClient

/// How long a SQLite store was and is, in bytes, the file and its log.
package struct StoreCompaction: Sendable, Hashable {
    /// Before it was made compact.
    package var before: Int
    /// Afterwards.
    package var after: Int

    /// Writes the store anew without its free pages, also under a running relay, which puts its sender off
    /// meanwhile.
    ///
    /// - Throws: ``StoreError``, also where the disk has less room than twice the store.
    package static func make(of path: String) throws(StoreError) -> StoreCompaction {
        let real = DatabaseFile.resolved(path)
        let connection = try SQLiteConnection(path: real, create: false)
        guard try connection.number("PRAGMA application_id") == SQLiteSchema.applicationID else {
            throw StoreError(.damaged, "\(path) is no store of this program.")
        }
        let before = bytes(real)
        var room = statvfs()
        // The structure lives through the call.
        guard unsafe statvfs(real, &room) == 0 else {
            throw StoreError(.inputOutput, "The disk of \(path) cannot be asked for its room.")
        }
        let (product, isMore) = Int(clamping: room.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: room.f_frsize))
        let free = isMore ? Int.max : product
        guard free / 2 >= before else {
            throw StoreError(
                .full,
                "The disk of \(path) has \(free) bytes left, and \(before * 2) may be needed; make room.")
        }
        try connection.execute("PRAGMA temp_store = FILE; PRAGMA synchronous = FULL")
        _ = try connection.checkpoint(truncating: true)
        try connection.execute("VACUUM")
        _ = try connection.checkpoint(truncating: true)
        return StoreCompaction(before: before, after: bytes(real))
    }

    private static func bytes(_ path: String) -> Int {
        ["", "-wal"].reduce(0) { sum, end in
            var status = stat()
            // The structure lives through the call.
            return unsafe stat(path + end, &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }
}
