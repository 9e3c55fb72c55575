internal import RelayCore
internal import Synchronization

/// Copies the write-ahead log into the database beside the writer's work.
///
/// A checkpoint on the writer's connection would make every request wait for it. On a connection of its own, in
/// passive mode, it waits for nobody and nobody for it. What fails is tried again after the next commits: a log
/// that was not copied is still safe.
final class Checkpointer: @unchecked Sendable {  // the connection is the thread's alone
    /// Commits between checkpoints.
    static let commitsBetween = 256

    private let connection: SQLiteConnection
    private let queue = OperationQueue<Void>(waitingMax: 1)
    private let commits = Atomic<Int>(0)
    private let thread: Mutex<WorkerThread?> = Mutex(nil)

    init(path: String) throws(JournalError) {
        connection = try SQLiteConnection(path: path, create: false)
        try connection.execute("PRAGMA synchronous = FULL")
        let (queue, connection) = (queue, UncheckedBox(connection))
        let worker = WorkerThread {
            while queue.take(max: 1) != nil {
                _ = try? connection.value.checkpoint(truncating: false)  // see the type's comment
            }
        }
        thread.withLock { $0 = worker }
    }

    /// Counts a commit and starts a checkpoint when it is time.
    func noteCommit() {
        guard commits.add(1, ordering: .relaxed).newValue % Self.commitsBetween == 0 else { return }
        _ = queue.append(())
    }

    /// Ends the thread after a last checkpoint that empties the log.
    func stop() {
        queue.close()
        guard let worker = thread.withLock({ $0.take() }) else { return }
        worker.join()
        _ = try? connection.checkpoint(truncating: true)
    }
}

/// Hands a value to the one thread that uses it from then on.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
