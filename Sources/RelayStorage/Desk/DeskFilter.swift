internal import OpenSenseWebhooks
package import RelayCore

/// Which rows of a store a person wants to see.
package struct DeskFilter: Sendable, Hashable {
    /// Received at or after this moment; nil for any.
    package var since: WallTime?
    /// Received before this moment; nil for any.
    package var until: WallTime?
    /// The id of the event's site; nil for any.
    package var site: String?
    /// The id of the event's device; nil for any.
    package var device: String?
    /// The sender's name of a kind, or the beginning of one and `*`; nil for any.
    package var kind: String?
    /// The state of a delivery or of one of its jobs, or `retrying`; nil for any.
    package var state: String?
    /// The name of a destination; nil for any.
    package var destination: String?

    /// Everything.
    package init() {}

    /// What is asked of a job's state for ``state`` to be `retrying`: it was tried, and waits.
    package static let retrying = "retrying"

    /// Whether a row can only be judged by its delivery's body.
    var readsBody: Bool { site != nil || device != nil }

    /// Whether the event in a body is of the wanted place.
    func matches(_ body: [UInt8]) -> Bool {
        guard readsBody else { return true }
        guard let event = try? Delivery(body: body).event else { return false }
        return (site == nil || event.siteID == site) && (device == nil || event.deviceID == device)
    }

    /// What is asked of a row of `deliveries`, for the end of a WHERE, and the values for it.
    ///
    /// - Parameter first: The number of the first value.
    func conditions(first: Int) -> (sql: String, values: [DeskValue]) {
        var (sql, values) = (conditionsOnDelivery(first: first))
        let jobs =
            "EXISTS (SELECT 1 FROM jobs WHERE jobs.id BETWEEN sequence * \(JobNumber.perDeliveryMax) "
            + "AND sequence * \(JobNumber.perDeliveryMax) + \(JobNumber.perDeliveryMax - 1)"
        if let destination {
            values.append(.text(destination))
            sql += " AND \(jobs) AND destination = ?\(first + values.count - 1))"
        }
        guard let state else { return (sql, values) }
        if state == Self.retrying {
            sql += " AND \(jobs) AND state = 'pending' AND attempts > 0)"
        } else {
            values.append(.text(state))
            let place = "?\(first + values.count - 1)"
            sql += " AND (verdict = \(place) OR \(jobs) AND state = \(place)))"
        }
        return (sql, values)
    }

    /// What is asked of a job joined with its delivery.
    func conditionsOnJob(first: Int) -> (sql: String, values: [DeskValue]) {
        var (sql, values) = conditionsOnDelivery(first: first)
        for (column, value) in [("jobs.destination", destination), ("jobs.state", state)] {
            guard let value else { continue }
            values.append(.text(value))
            sql += " AND \(column) = ?\(first + values.count - 1)"
        }
        return (sql, values)
    }

    /// What is asked of the time at which anything was received.
    func conditionsOnTime(first: Int) -> (sql: String, values: [DeskValue]) {
        var (sql, values) = ("", [DeskValue]())
        for (condition, time) in [("received_at >=", since), ("received_at <", until)] {
            guard let time else { continue }
            values.append(.integer(time.unixMilliseconds))
            sql += " AND \(condition) ?\(first + values.count - 1)"
        }
        return (sql, values)
    }

    private func conditionsOnDelivery(first: Int) -> (sql: String, values: [DeskValue]) {
        var (sql, values) = conditionsOnTime(first: first)
        guard let kind else { return (sql, values) }
        // No LIKE: an underscore would stand for any letter.
        let isPrefix = kind.hasSuffix("*")
        let name = isPrefix ? String(kind.dropLast()) : kind
        let column = isPrefix ? "substr(kind, 1, \(name.unicodeScalars.count))" : "kind"
        values.append(.text(name))
        sql += " AND \(column) = ?\(first + values.count - 1)"
        return (sql, values)
    }
}
