internal import OpenSenseWebhooks
internal import RelayStorage

/// Retries or discards rows of a store, and says what came of each.
struct DeskChange<Desk: DeskCommand> {
    let command: Desk
    let isRetry: Bool
    let desk: StoreDesk
    let isJSON: Bool
    /// Who discards, and why.
    let note: String

    /// How many rows are read at once: however many there are, a page of them is in memory.
    private static var rowsAtOnce: Int { 500 }
    /// How many rows are changed in one transaction, which keeps a relay from their incidents meanwhile.
    private static var changesAtOnce: Int { 100 }
    /// For how long a relay is waited for that has taken nothing up meanwhile, in milliseconds.
    private static var patienceMilliseconds: Int { 3_000 }
    private static var lookMilliseconds: Int { 50 }
    /// So many rows in a row that others have locked end the command, which waits seconds for each.
    private static var locksInARowMax: Int { 10 }

    /// What came of the rows so far.
    private struct Tally {
        var done = 0
        var refused = 0
        /// How many of the newest rows were locked.
        var locksInARow = 0
        /// What a relay has to do, in order.
        var waiting: [(id: String, row: Desk.Row)] = []

        var code: ExitCode { refused == 0 ? .success : .no }
    }

    /// Every row that a filter lets through, page by page, oldest first: what was accepted first is sent
    /// first.
    func all(_ filter: DeskFilter) async throws(StoreError) -> ExitCode {
        var tally = Tally()
        var last: Desk.Row?
        while true {
            let rows = try command.all(desk, filter, after: last, limit: Self.rowsAtOnce)
            let meant = rows.filter { row in
                guard isRetry, let reason = command.reasonToLeave(row) else { return true }
                Terminal.error(
                    "\(command.id(row)): left out: \(reason); name it to have it tried all the same.\n")
                return false
            }
            for start in stride(from: 0, to: meant.count, by: Self.changesAtOnce) {
                try change(meant[start..<min(start + Self.changesAtOnce, meant.count)], &tally)
            }
            guard rows.count == Self.rowsAtOnce, let newest = rows.last else { break }
            last = newest
        }
        try await waitForRelay(&tally)
        if tally.done + tally.refused == 0 {
            Terminal.error("There are none.\n")
        } else {
            let verb = isRetry ? "tried again" : "given up"
            let refused = tally.refused > 0 ? ", \(tally.refused) refused" : ""
            Terminal.error("\(tally.done) \(verb)\(refused).\n")
        }
        return tally.code
    }

    /// The rows that a person names.
    func each(of ids: [String]) async throws(StoreError) -> ExitCode {
        var tally = Tally()
        for id in ids {
            if let row = try command.find(id, desk) {
                settle(try outcomeOrLock(of: row, isOfAll: false, &tally), of: row, id, &tally)
            } else {
                let hint = try command.hint(isRetry ? "retry" : "discard", id, desk).map { "; \($0)" } ?? ""
                report(id, "not-found", "there is none\(hint)", &tally)
            }
        }
        try await waitForRelay(&tally)
        return tally.code
    }

    /// Changes rows of what `--all` means in one transaction; where another one has locked an incident of
    /// theirs, each by itself, so that all others are done.
    private func change(_ rows: ArraySlice<Desk.Row>, _ tally: inout Tally) throws(StoreError) {
        var outcomes: [DeskOutcome] = []
        do throws(StoreError) {
            try desk.together(rows.flatMap(command.jobs)) { () throws(StoreError) in
                for row in rows { outcomes.append(try outcome(of: row, isOfAll: true)) }
            }
        } catch {
            guard error.kind == .inUse else { throw error }
            for row in rows {
                settle(try outcomeOrLock(of: row, isOfAll: true, &tally), of: row, command.id(row), &tally)
            }
            return
        }
        for (row, outcome) in zip(rows, outcomes) { settle(outcome, of: row, command.id(row), &tally) }
    }

    private func outcome(of row: Desk.Row, isOfAll: Bool) throws(StoreError) -> DeskOutcome {
        try isRetry
            ? command.retry(row, desk, isOfAll: isOfAll)
            : command.discard(row, desk, isOfAll: isOfAll, note: note)
    }

    /// A row that another transaction has locked is refused, and does not keep those after it; but where all
    /// of them are, as by a lock on the table, the command ends.
    private func outcomeOrLock(
        of row: Desk.Row, isOfAll: Bool, _ tally: inout Tally
    ) throws(StoreError) -> DeskOutcome {
        do throws(StoreError) {
            let outcome = try outcome(of: row, isOfAll: isOfAll)
            tally.locksInARow = 0
            return outcome
        } catch {
            tally.locksInARow += 1
            guard error.kind == .inUse, tally.locksInARow < Self.locksInARowMax else { throw error }
            return .refused(error.description)
        }
    }

    private func settle(_ outcome: DeskOutcome, of row: Desk.Row, _ id: String, _ tally: inout Tally) {
        switch outcome {
        case .done where isRetry && command.isForRelay(row): tally.waiting.append((id, row))
        case .done: report(id, "done", isRetry ? "is tried again" : "is discarded", &tally)
        case .notFound: report(id, "not-found", "there is none", &tally)
        case .refused(let why): report(id, "refused", why, &tally)
        }
    }

    /// Waits for what a relay makes of the retries, for as long as one is at work on them.
    private func waitForRelay(_ tally: inout Tally) async throws(StoreError) {
        let waiting = tally.waiting
        var (next, waited) = (0, 0)
        while next < waiting.count {
            switch try command.answer(to: waiting[next].row, desk) {
            case .done(let words): report(waiting[next].id, "done", words, &tally)
            case .refused(let words): report(waiting[next].id, "refused", words, &tally)
            case nil:
                guard waited < Self.patienceMilliseconds else {
                    for (id, _) in waiting[next...] {
                        report(
                            id, "waits", "is tried again by the relay that runs next: none has taken it up",
                            &tally)
                    }
                    return
                }
                // A cancelled wait ends at once.
                do { try await Live.effects.sleep(Self.lookMilliseconds) } catch {
                    waited = Self.patienceMilliseconds
                }
                waited += Self.lookMilliseconds
                continue
            }
            (next, waited) = (next + 1, 0)
        }
    }

    private func report(_ id: String, _ outcome: String, _ message: String, _ tally: inout Tally) {
        if ["done", "waits"].contains(outcome) { tally.done += 1 } else { tally.refused += 1 }
        let id = Terminal.plain(id)
        Terminal.out(
            isJSON
                ? PrintedJSON.line([
                    "id": .string(id), "outcome": .string(outcome), "message": .string(message),
                ]) : "\(id): \(message)\n")
    }
}
