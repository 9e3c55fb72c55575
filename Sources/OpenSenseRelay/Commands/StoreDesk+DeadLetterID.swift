internal import OpenSenseWebhooks
internal import RelayStorage

extension StoreDesk {
    /// The delivery that a dead letter's ID names, as in `d12`; nil where the ID is a job's number.
    static func unreadSequence(_ id: String) -> Int? { id.hasPrefix("d") ? Int(id.dropFirst()) : nil }

    /// Has a dead letter tried again: a job, or a delivery that was not understood.
    func retryDeadLetter(named id: String) throws(StoreError) -> DeskOutcome {
        if let sequence = Self.unreadSequence(id) { return try retryUnread(sequence) }
        guard let job = Int(id) else { return .notFound }
        return try retryDeadLetter(job)
    }

    /// Discards a dead letter: a job, or a delivery that was not understood.
    func discardDeadLetter(named id: String) throws(StoreError) -> DeskOutcome {
        if let sequence = Self.unreadSequence(id) { return try discardUnread(sequence) }
        guard let job = Int(id) else { return .notFound }
        return try discardDeadLetter(job, now: Live.wallTime())
    }
}
