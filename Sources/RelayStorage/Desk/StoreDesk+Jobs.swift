package import OpenSenseWebhooks
package import RelayCore

/// What a person does with a job: has it tried again, or gives it up.
///
/// Each decision locks the jobs of the incident, so that no relay decides on one of them meanwhile.
extension StoreDesk {
    /// What a decision is made by.
    private struct Known {
        let job: Int
        let incident: Int
        let destination: String
        let state: JobState?
        let dueAt: WallTime?
        let isOvertaken: Bool

        var isDeadLetter: Bool { state?.isDeadLetter ?? false }
        /// What names the job's lane in a statement, as `?1` and `?2`, and the job as `?3`.
        var place: [DeskValue] { [.integer(incident), .text(destination), .integer(job)] }
    }

    // MARK: Retrying

    /// Makes a dead letter a job again, which has 24 hours as if it were new.
    ///
    /// Refused once something later was sent for the same incident: an open would page for an alarm that is
    /// over, and a resolve would close the one that came after it.
    package func retryDeadLetter(_ job: Int) throws(StoreError) -> DeskOutcome {
        try decide(on: job) { (known) throws(StoreError) in
            known.isDeadLetter ? try retryDead(known) : .notFound
        }
    }

    /// Has a job tried at once: one that waits for its time, or a dead letter.
    package func retryJob(_ job: Int, now: WallTime) throws(StoreError) -> DeskOutcome {
        try decide(on: job) { (known) throws(StoreError) in
            if known.isDeadLetter { return try retryDead(known) }
            if let busy = try busy(known, now: now) { return busy }
            guard known.state == .pending || known.state == .leased else { return ended(known) }
            guard known.dueAt != nil else {
                return .refused(
                    "It waits for an earlier update of the same incident; retry or discard that one.")
            }
            // Due since time 0: the relay's clock may not be this process's.
            _ = try database.rows(
                "UPDATE jobs SET due_at = 0 WHERE id = ?1 AND state = 'pending'", [.integer(job)])
            return .done
        }
    }

    private func retryDead(_ known: Known) throws(StoreError) -> DeskOutcome {
        let later = try database.rows(
            """
            SELECT id, state FROM jobs WHERE incident = ?1 AND destination = ?2 AND id > ?3
                AND (state IN ('delivered', 'leased') OR arrived = 1) ORDER BY id DESC LIMIT 1
            """, known.place
        ).first
        if let later, let id = later[0].integer {
            let words =
                switch later[1].text {
                case JobState.leased.rawValue: "is being sent"
                case JobState.delivered.rawValue: "was sent"
                // Nothing was heard of an attempt at it.
                default: "may have arrived"
                }
            return .refused(
                "The later update \(id) of the same incident \(words); sending this one now would undo it.")
        }
        if known.isOvertaken {
            return .refused(
                "A later update of the same incident was sent; sending this one now would undo it.")
        }
        if try isOver(known) {
            return .refused("Its alarm is over and nothing that waits would close it again.")
        }
        // What waits behind it waits for it again.
        _ = try database.rows(
            """
            UPDATE jobs SET due_at = NULL WHERE incident = ?1 AND destination = ?2 AND id > ?3
                AND state = 'pending'
            """, known.place)
        let earlier = try number(
            """
            SELECT count(*) FROM jobs WHERE incident = ?1 AND destination = ?2 AND id < ?3
                AND finished_at IS NULL AND state <> 'dead'
            """, known.place)
        // Due since time 0: the relay's clock may not be this process's. It is as urgent as the most urgent
        // that waits behind it.
        _ = try database.rows(
            """
            UPDATE jobs SET state = 'pending', due_at = ?4, attempts = 0, first_tried_at = NULL,
                first_tried_running = NULL, progress = NULL, urgency = (
                    SELECT min(behind.urgency) FROM jobs AS behind WHERE behind.incident = ?1
                        AND behind.destination = ?2 AND behind.id >= ?3 AND behind.finished_at IS NULL
                        AND (behind.id = ?3 OR behind.state <> 'dead'))
            WHERE id = ?3
            """, known.place + [(earlier ?? 0) > 0 ? .null : .integer(0)])
        return .done
    }

    /// Whether an open would page for an alarm that is known to be over, with no clear behind it to end that.
    private func isOver(_ known: Known) throws(StoreError) -> Bool {
        try number(
            """
            SELECT count(*) FROM jobs JOIN incidents ON incidents.id = jobs.incident
            WHERE jobs.id = ?3 AND action = 'open' AND is_open = 0 AND NOT EXISTS (
                SELECT 1 FROM jobs AS clear WHERE clear.incident = ?1 AND clear.destination = ?2
                    AND clear.id > ?3 AND clear.action = 'resolve' AND clear.finished_at IS NULL
                    AND clear.state NOT IN ('dead', 'stuck'))
            """, known.place) == 1
    }

    // MARK: Giving up

    /// Gives a dead letter up; what waits for it goes on.
    ///
    /// - Parameter note: Who does so and why; it stands before the reason of the last attempt from then on.
    package func discardDeadLetter(
        _ job: Int, now: WallTime, note: String? = nil
    ) throws(StoreError) -> DeskOutcome {
        try decide(on: job) { (known) throws(StoreError) in
            known.isDeadLetter ? try discard(known, now: now, note) : .notFound
        }
    }

    /// Gives a job up that is not sent yet, or a dead letter; what waits for it goes on.
    ///
    /// - Parameter note: Who does so and why; it stands before the reason of the last attempt from then on.
    package func discardJob(
        _ job: Int, now: WallTime, note: String? = nil
    ) throws(StoreError) -> DeskOutcome {
        try decide(on: job) { (known) throws(StoreError) in
            if let busy = try busy(known, now: now) { return busy }
            guard known.isDeadLetter || known.state == .pending || known.state == .leased else {
                return ended(known)
            }
            return try discard(known, now: now, note)
        }
    }

    private func discard(
        _ known: Known, now: WallTime, _ note: String?
    ) throws(StoreError) -> DeskOutcome {
        _ = try database.rows(
            """
            UPDATE jobs SET state = 'discarded', due_at = NULL, progress = NULL, finished_at = ?1,
                reason = \(Self.reason("?3")) WHERE id = ?2
            """,
            [.integer(try database.stored(now).unixMilliseconds), .integer(known.job), DeskValue(note)])
        _ = try database.rows(
            """
            UPDATE jobs SET due_at = 0 WHERE due_at IS NULL AND state = 'pending' AND id = (
                SELECT min(id) FROM jobs AS waiting WHERE waiting.incident = ?1 AND waiting.destination = ?2
                    AND waiting.finished_at IS NULL AND waiting.state <> 'dead')
            """, Array(known.place.prefix(2)))
        return .done
    }

    // MARK: Deciding

    /// Decides on a job by what is known of it once its incident is locked.
    private func decide(
        on job: Int, _ decision: (Known) throws(StoreError) -> DeskOutcome
    ) throws(StoreError) -> DeskOutcome {
        try transaction { () throws(StoreError) in
            let incident = try number("SELECT incident FROM jobs WHERE id = ?1", [.integer(job)])
            guard let incident else { return .notFound }
            try database.lockJobs(ofIncidents: [incident])
            let row = try database.rows(
                "SELECT destination, state, due_at, overtaken FROM jobs WHERE id = ?1", [.integer(job)]
            ).first
            guard let row else { return .notFound }
            return try decision(
                Known(
                    job: job, incident: incident, destination: row[0].text ?? "",
                    state: row[1].text.flatMap(JobState.init(rawValue:)), dueAt: row[2].optionalTime,
                    isOvertaken: row[3].integer == 1))
        }
    }

    /// That a relay is at work on a job; nil where none is.
    private func busy(_ known: Known, now: WallTime) throws(StoreError) -> DeskOutcome? {
        guard known.state == .leased, let end = known.dueAt, try end > database.stored(now) else {
            return nil
        }
        return .refused("It is being sent at this moment; look again in a minute.")
    }

    /// What is said of a job that nothing is to be done about.
    private func ended(_ known: Known) -> DeskOutcome {
        .refused("It has ended already: \(known.state?.rawValue ?? "in a state of a newer version").")
    }
}
